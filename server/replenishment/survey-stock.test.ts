import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { oldSale, recordHistory } from '../../tests/harness/history.ts'
import { judge } from '../../tests/harness/quality.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { documentOf, post } from '../../tests/harness/stock.ts'
import { dayIn, daysAfter, now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const inDays = (days: number) => daysAfter(dayIn('Europe/Paris', now()), days)
const newVariant = async (more: object = {}) => (await makeProduct(owner, more)).variant.id
const at = (variant_id: string, branch_id = owner.branchId) => ({ branch_id, variant_id, batch_id: null })

async function receive(variant_id: string, quantity: string, on: number, branch_id?: string) {
  const change = { kind: 'receipt', quantity, unit_cost: '2', against: 'goods_received_not_invoiced' } as const
  await post(server, owner, documentOf('receipt', [{ ...at(variant_id, branch_id), change }], { on: inDays(on) }))
}

async function sell(variant_id: string, quantity: string, on: number) {
  const change = { kind: 'issue', quantity, against: 'cost_of_sales' } as const
  await post(server, owner, documentOf('sale', [{ ...at(variant_id), change }], { on: inDays(on) }))
}

async function discontinue(variant_id: string) {
  const { product_id } = await owner.client.call('catalog.get-variant', { id: variant_id })
  const { version } = await owner.client.call('catalog.get-product', { id: product_id })
  await owner.client.call('catalog.update-product', { id: product_id, version, is_discontinued: true })
}

const wants = (values: object) =>
  owner.client.call('replenishment.create-policy', { valid_from: '2026-01-01', ...values } as { valid_from: string })
const figuresOf = (variant_id: string, branch_id = owner.branchId) =>
  owner.client.call('replenishment.get-figures', { variant_id, branch_id })

test.each([
  ['lines', 'earlier_lines', { kind: 'range', column: 'quantity', at_most: '50' }, '3'],
  ['documents', 'earlier_documents', { kind: 'range', column: 'total', at_most: '100' }, '3'],
  ['all rows of a dataset', 'earlier_lines', { kind: 'row_count_change', max_rise_percent: 10 }, '0'],
] as const)('demand leaves out the %s that a rule of severity FAIL holds', async (_, dataset, config, sold) => {
  const one = await signUpOwner(server)
  const { client } = one
  const { variant } = await makeProduct(one)
  const yesterday = inDays(-1)
  const record = (quantity: string) =>
    recordHistory(
      one,
      [
        oldSale(one, variant.id, {
          made_at: undefined,
          effective_on: yesterday,
          lines: [{ variant_id: variant.id, quantity, unit_price: '2' }],
        }),
      ],
      { stock: 'move' },
    )
  const demanded = async () =>
    (await client.call('replenishment.get-figures', { variant_id: variant.id, branch_id: one.branchId })).demand.sold
  const rule = await client.call('quality.create-rule', {
    ...{ dataset, rule_key: 'held', name: 'Not too many', severity: 'FAIL', config },
  } as never)
  await record('3')
  await judge(server, one, { rule_id: rule.id })
  await record('70')
  expect(await demanded()).toBe('73')
  await judge(server, one, { rule_id: rule.id })
  expect(await demanded()).toBe(sold)
  await client.call('quality.remove-rule', { id: rule.id, version: rule.version })
  expect(await demanded()).toBe('73')
})

test('what to order is told from what was sold on each day, and shows the numbers that say so', async () => {
  const { client } = owner
  const variant_id = await newVariant()
  await client.call('settings.set-setting', { name: 'replenishment.demand-window-days', value: 10, version: 0 })
  await receive(variant_id, '60', -30)
  // 5, 0, 0, 0, 5, 0, 0, 0, 0, 10 in ten days: 2 a day, √(110 ÷ 9) = 3.496029
  for (const [quantity, day] of [
    ['7', -11],
    ['5', -10],
    ['5', -6],
    ['10', -1],
    ['9', 0],
  ] as const)
    await sell(variant_id, quantity, day)
  const supplier = await client.call('parties.create-party', {
    kind: 'organisation',
    name: 'Wholesale',
    roles: ['supplier'],
  })
  await client.call('parties.set-role', { id: supplier.id, role: 'supplier', version: 1, lead_time_days: '9' })
  const pack = await client.call('catalog.add-pack', { variant_id, name: 'Case', quantity: '24' })
  const policy = await wants({
    variant_id,
    supplier_id: supplier.id,
    pack_id: pack.id,
    order_cost: '73',
    storage_cost_monthly: '3',
  })
  const found = await figuresOf(variant_id)
  expect(found).toMatchObject({
    // z 1.644854·√(9·12.222…) = 17.2514…, 2·9 + 18 = 36; √(2·730·73 ÷ 36) = 54.41…
    status: 'low',
    on_hand: '24',
    position: '24',
    on_order: '0',
    demand: {
      from: inDays(-10),
      until: inDays(-1),
      days: 10,
      sold: '20',
      per_day: '2',
      deviation: '3.496029',
      out_of_stock_days: 0,
    },
    lead_time_days: '9',
    lead_time_source: 'supplier',
    service_level: '95',
    safety_stock: { given: null, computed: '18', used: '18' },
    reorder_point: { given: null, computed: '36', used: '36' },
    economic_order_quantity: { given: null, computed: '55', used: '55' },
    suggested_quantity: '72',
    packs: '3',
    rules: ['at_reorder_point', 'economic_order_quantity', 'rounded_up_to_pack'],
    days_of_supply: '12',
    policy_ids: [policy.id],
  })
  expect((await client.call('replenishment.propose', { variant_id })).items).toEqual([found])
  expect((await client.call('replenishment.propose', { supplier_id: supplier.id })).items).toEqual([found])
  const here = await wants({ variant_id, branch_id: owner.branchId, reorder_point: '5' })
  expect(await figuresOf(variant_id)).toMatchObject({
    status: 'in_stock',
    reorder_point: { given: '5', computed: '36', used: '5' },
    suggested_quantity: '0',
    policy_ids: [here.id, policy.id],
  })
  expect((await client.call('replenishment.propose', { variant_id })).items).toEqual([])
})

test('days on which nothing was left are noted, and what came before there was stock says nothing', async () => {
  const variant_id = await newVariant()
  await receive(variant_id, '4', -6)
  await sell(variant_id, '4', -4)
  await receive(variant_id, '4', -2)
  expect((await figuresOf(variant_id)).demand).toMatchObject({
    from: inDays(-6),
    days: 6,
    sold: '4',
    per_day: '0.666667',
    out_of_stock_days: 2,
  })
})

test('stock is listed with its status, by branch, category and status, page by page', async () => {
  const { client } = owner
  const category_id = (await client.call('catalog.create-category', { name: 'Listed' })).id
  const [low, out, plenty, gone, unmoved] = [
    await newVariant({ category_id }),
    await newVariant({ category_id }),
    await newVariant({ category_id }),
    await newVariant({ category_id }),
    await newVariant({ category_id }),
  ]
  await receive(low, '3', -3)
  await receive(out, '3', -3)
  await sell(out, '3', -2)
  await receive(plenty, '30', -3)
  await receive(gone, '3', -3)
  await discontinue(gone)
  await wants({ variant_id: low, reorder_point: '5' })
  await wants({ variant_id: plenty, maximum_stock: '20' })
  await wants({ variant_id: unmoved, branch_id: owner.branchId, reorder_point: '2' })
  const list = async (filter: object) => {
    const pages = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await client.call('replenishment.list-stock-status', {
        category_id,
        limit: 2,
        ...filter,
        ...(cursor ? { cursor } : {}),
      })
      expect(page.items.length).toBeLessThanOrEqual(2)
      pages.push(...page.items)
      cursor = page.next_cursor
    }
    return Object.fromEntries(pages.map(({ variant_id, status }) => [variant_id, status]))
  }
  const all = { [low]: 'low', [out]: 'out', [plenty]: 'overstock', [gone]: 'discontinued', [unmoved]: 'out' }
  expect(await list({})).toEqual(all)
  expect(await list({ branch_id: owner.branchId })).toEqual(all)
  expect(await list({ status: 'out' })).toEqual({ [out]: 'out', [unmoved]: 'out' })
  expect(await list({ status: 'negative' })).toEqual({})
  expect(await list({ variant_id: plenty })).toEqual({ [plenty]: 'overstock' })
  const elsewhere = (
    await client.call('tenants.create-branch', { entity_id: owner.entityId, code: 'E2', name: 'E2', time_zone: 'UTC' })
  ).id
  expect(await list({ branch_id: elsewhere })).toEqual({})
})

test('what is unknown is refused', async () => {
  const { client, branchId: branch_id } = owner
  const code = (code: string) => ({ problem: { code } })
  const nobody = crypto.randomUUID()
  await expect(figuresOf(nobody)).rejects.toMatchObject(code('variant_not_found'))
  await expect(figuresOf(await newVariant(), nobody)).rejects.toMatchObject(code('branch_not_found'))
  await expect(figuresOf(await newVariant())).rejects.toMatchObject(code('not_found'))
  for (const name of ['replenishment.list-stock-status', 'replenishment.propose'] as const)
    await expect(client.call(name, { branch_id: nobody })).rejects.toMatchObject(code('branch_not_found'))
  await expect(client.call('replenishment.propose', { branch_id, cursor: 'x' })).rejects.toMatchObject(
    code('invalid_cursor'),
  )
})

test('what is on its way from another branch is not proposed again', async () => {
  const { client, branchId, entityId } = owner
  const variant_id = await newVariant()
  const second = { entity_id: entityId, code: 'COMING', name: 'Coming', time_zone: 'Europe/Paris' }
  const branch_id = (await client.call('tenants.create-branch', second)).id
  await receive(variant_id, '50', 0)
  await wants({ variant_id, branch_id, reorder_point: '10', reorder_quantity: '20' })
  const shown = async () => {
    const { in_transit, position, suggested_quantity } = await figuresOf(variant_id, branch_id)
    return { in_transit, position, suggested_quantity }
  }
  expect(await shown()).toEqual({ in_transit: '0', position: '0', suggested_quantity: '20' })
  const way = { from_branch_id: branchId, to_branch_id: branch_id, lines: [{ variant_id, quantity: '20' }] }
  const { id, version } = await client.call('transfers.create-transfer', way)
  const sent = await client.call('transfers.dispatch-transfer', { id, version })
  expect(await shown()).toEqual({ in_transit: '20', position: '20', suggested_quantity: '0' })
  await client.call('transfers.receive-transfer', { id, version: sent.version })
  expect(await shown()).toEqual({ in_transit: '0', position: '20', suggested_quantity: '0' })
})
