import { makeProduct } from './catalog.ts'
import { freshId } from './hints.ts'
import { clientIn, hire, signUpPerson, type TestClient, type TestOwner, type TestServer } from './server.ts'
import { documentOf, post } from './stock.ts'

/** Somebody at work with a ready-made role. */
export async function employ(
  server: TestServer,
  owner: TestOwner,
  role: string,
  scope: { branch_ids: string[] } | null = null,
): Promise<{ id: string; client: TestClient }> {
  const { items } = await owner.client.call('tenants.list-roles', { limit: 200 })
  const roleId = items.find(({ name }) => name === role)?.id ?? ''
  const person = await signUpPerson(server)
  const all = scope && { entity_ids: [], region_ids: [], ...scope }
  const { id } = await hire(server, owner, person, [roleId], all)
  return { id, client: clientIn(server, person, owner.tenantId) }
}

interface Goods {
  readonly variant_id: string
  readonly quantity: string
  readonly batch_id?: string
  readonly unit_cost?: string
  readonly branch_id?: string
}

/** Lets goods come in. */
export function receive(server: TestServer, owner: TestOwner, goods: readonly Goods[]) {
  const lines = goods.map(
    ({ variant_id, quantity, batch_id = null, unit_cost = '2.50', branch_id = owner.branchId }) => ({
      branch_id,
      variant_id,
      batch_id,
      change: { kind: 'receipt', quantity, unit_cost, against: 'goods_received_not_invoiced' } as const,
    }),
  )
  return post(server, owner, documentOf('receipt', lines))
}

/** Sells goods at the till, or books what was sold and paid offline. */
export function sell(
  server: TestServer,
  owner: TestOwner,
  { variant_id, quantity, batch_id, is_already_sold = false }: Goods & { is_already_sold?: boolean },
) {
  const change = { kind: 'issue', quantity, against: 'cost_of_sales' } as const
  const line = { branch_id: owner.branchId, variant_id, batch_id: batch_id ?? null, change, is_already_sold }
  return post(server, owner, documentOf('sale', [line]))
}

/** A count with one line that was counted and submitted, ready to be approved by anybody else than the counter. */
export async function submittedCount(
  { owner, counter }: Record<'owner' | 'counter', TestClient>,
  { branch_id, variant_id, quantity = '3' }: { branch_id: string; variant_id: string; quantity?: string },
) {
  const { id, version } = await owner.call('counts.create-count', { branch_id, variant_ids: [variant_id] })
  await counter.call('counts.enter-lines', { id, lines: [{ variant_id, quantity }] })
  return counter.call('counts.submit-count', { id, version })
}

/** Values of fields of counts, and ways to make what an operation on one is about, as `createSampler` takes them. */
export function countSamples(server: TestServer, owner: TestOwner) {
  const { client, branchId: branch_id } = owner
  let [variantId, categoryId, lineId] = ['', '', '']
  let counter: ReturnType<typeof employ> | undefined
  const newVariant = async (more: { category_id?: string } = {}) => {
    variantId = (await makeProduct(owner, more)).variant.id
    return variantId
  }
  const submitted = async () => {
    counter ??= employ(server, owner, 'cashier', { branch_ids: [branch_id] })
    const clients = { owner: client, counter: (await counter).client }
    const count = await submittedCount(clients, { branch_id, variant_id: await newVariant() })
    lineId = (await client.call('counts.list-lines', { id: count.id })).items[0]?.id ?? ''
    return count
  }
  return {
    hints: {
      'counts.create-count category_id': async () => {
        categoryId = (await client.call('catalog.create-category', { name: `Counted ${freshId()}` })).id
        return categoryId
      },
      'counts.create-count variant_ids': async () => [await newVariant({ category_id: categoryId })],
      'counts.create-count requires_recount': () => false,
      'counts.create-count not_counted_for_days': () => undefined,
      'counts.require-recount variant_ids': async () => [await newVariant()],
      'counts.enter-lines lines': () => [{ variant_id: variantId, quantity: '3' }],
      line_ids: () => [lineId],
    },
    makers: {
      'counts.list-entries': async () => {
        await submitted()
        return { id: lineId }
      },
      'counts.submit-count': async () => {
        const count = await client.call('counts.create-count', { branch_id, variant_ids: [await newVariant()] })
        await client.call('counts.enter-lines', { id: count.id, lines: [{ variant_id: variantId, quantity: '3' }] })
        return count
      },
      'counts.send-back': submitted,
      'counts.approve-count': submitted,
    },
  }
}
