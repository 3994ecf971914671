import { makeProduct } from './catalog.ts'
import type { Hints } from './hints.ts'
import type { Input } from './samples.ts'
import type { TestOwner, TestServer } from './server.ts'
import { documentOf, makeBatch, post } from './stock.ts'

const neighbours = new WeakMap<object, Map<string, Promise<string>>>()

/** Another branch of the legal entity of the owner's; always the same one for a branch. */
export function neighbourOf({ client, entityId, branchId }: TestOwner): Promise<string> {
  const known = neighbours.get(client) ?? new Map<string, Promise<string>>()
  neighbours.set(client, known)
  const code = `N${crypto.randomUUID().replaceAll('-', '').slice(0, 12).toUpperCase()}`
  const branch = { entity_id: entityId, code, name: 'Next door', time_zone: 'Europe/Paris' }
  const found = known.get(branchId) ?? client.call('tenants.create-branch', branch).then(({ id }) => id)
  known.set(branchId, found)
  return found
}

/** Puts stock into a branch, at a cost a unit. */
export async function stockUp(
  server: TestServer,
  owner: TestOwner,
  goods: { variant_id: string; batch_id?: string | null; quantity: string; unit_cost?: string; branch_id?: string },
): Promise<void> {
  const { variant_id, batch_id = null, quantity, unit_cost = '1', branch_id = owner.branchId } = goods
  const change = { kind: 'receipt', quantity, unit_cost, against: 'goods_received_not_invoiced' } as const
  await post(server, owner, documentOf('receipt', [{ branch_id, variant_id, batch_id, change }]))
}

/** A transfer of five of something between the owner's branch and the one next door, moved on as far as asked. */
async function makeTransfer(
  server: TestServer,
  owner: TestOwner,
  { until, arriving = false }: { until: 'pending' | 'in_transit' | 'short'; arriving?: boolean },
) {
  const { client, branchId } = owner
  const [from_branch_id, to_branch_id] = arriving
    ? [await neighbourOf(owner), branchId]
    : [branchId, await neighbourOf(owner)]
  const { variant } = await makeProduct(owner)
  await stockUp(server, owner, { variant_id: variant.id, quantity: '5', branch_id: from_branch_id })
  const lines = [{ variant_id: variant.id, quantity: '5' }]
  const made = await client.call('transfers.create-transfer', { from_branch_id, to_branch_id, lines })
  if (until === 'pending') return made
  const sent = await client.call('transfers.dispatch-transfer', { id: made.id, version: made.version })
  if (until === 'in_transit') return sent
  return client.call('transfers.receive-transfer', { id: sent.id, version: sent.version, lines: [] })
}

// What an operation says of parts is about the transfer that was made for it last.
const partIds = new WeakMap<object, string>()

/** Values of the fields of transfers. */
export function transferHints(server: TestServer, owner: TestOwner): Hints {
  const lines = async () => {
    const { variant } = await makeProduct(owner)
    const batch_id = await makeBatch(server, owner, { variant_id: variant.id })
    const pack = { variant_id: variant.id, name: 'Of six', quantity: '6' }
    const { id: pack_id } = await owner.client.call('catalog.add-pack', pack)
    return [{ variant_id: variant.id, batch_id, quantity: '2', pack_id }]
  }
  const parts = () => [{ part_id: partIds.get(owner.client), quantity: '2' }]
  return {
    from_branch_id: () => owner.branchId,
    to_branch_id: () => neighbourOf(owner),
    expected_on: () => '2026-12-24',
    'transfers.list-transfers number': () => 'TR-000001',
    'transfers.list-transfers batch_id': async () =>
      makeBatch(server, owner, { variant_id: (await makeProduct(owner)).variant.id }),
    'transfers.create-transfer lines': lines,
    'transfers.update-transfer lines': lines,
    'transfers.receive-transfer lines': parts,
    'transfers.take-back-shortage lines': parts,
    'transfers.write-off-shortage lines': parts,
  }
}

/** Transfers that an operation can be done to. */
export function transferMakers(server: TestServer, owner: TestOwner): Record<string, () => Promise<Input>> {
  const made = (wanted: Parameters<typeof makeTransfer>[2]) => async () => {
    const transfer = await makeTransfer(server, owner, wanted)
    partIds.set(owner.client, transfer.lines[0]?.parts[0]?.id ?? '')
    return { ...transfer }
  }
  return {
    'transfers.dispatch-transfer': made({ until: 'pending' }),
    'transfers.update-transfer': made({ until: 'pending' }),
    'transfers.cancel-transfer': made({ until: 'in_transit' }),
    'transfers.receive-transfer': made({ until: 'in_transit', arriving: true }),
    'transfers.take-back-shortage': made({ until: 'short' }),
    'transfers.write-off-shortage': made({ until: 'short' }),
  }
}
