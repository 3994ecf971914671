import type { z } from 'zod'
import { readGoods } from '../catalog/index.ts'
import { type BatchRow, findBatches, levelsOfBatches } from '../inventory/index.ts'
import { findParties } from '../parties/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { readBranch } from '../tenants/index.ts'
import { type BatchTransfer, transfersOfBatches } from '../transfers/index.ts'
import * as contract from './contract.ts'
import { batchesOf } from './queries.ts'
import {
  type DocumentKey,
  type DocumentRow,
  listDocuments,
  type Subject,
  type Sum,
  sumByBranch,
  sumByParty,
} from './trace-queries.ts'

type Input<T extends z.ZodType> = z.output<T>

const mostTransfers = 500
const viewParties = 'parties.view-parties'

/** What a kind of document counts as, and the sign that makes it a quantity as people say it. */
const meanings = {
  receipt: ['received', 1],
  production: ['produced', 1],
  sale: ['sold', -1],
  return: ['returned', 1],
  supplier_return: ['returned_to_suppliers', -1],
  write_off: ['written_off', -1],
  adjustment: ['adjusted', 1],
  count: ['adjusted', 1],
  dispatch: ['dispatched', -1],
  arrival: ['arrived', 1],
} as const
type Meaning = (typeof meanings)[keyof typeof meanings][0]
const flows = [...new Set(Object.values(meanings).map(([name]) => name))]

/**
 * What is traced: the batches of a recall, one of them or any batch, in the branches that the caller works with. One of which
 * nothing was ever there is refused as one that there is not.
 */
export async function subjectOf(
  context: QueryContext,
  { recall_id, batch_id }: { recall_id?: string | undefined; batch_id?: string | undefined },
): Promise<Subject & { batches: readonly BatchRow[] }> {
  if (recall_id === undefined && batch_id === undefined) refuse(contract.subjectMissing)
  const branchIds = context.caller.scope?.branchIds ?? null
  const asked = recall_id === undefined ? [{ batch_id: batch_id ?? '' }] : await batchesOf(context, recall_id)
  const found = await findBatches(
    context,
    asked.map((one) => one.batch_id),
  )
  const there = branchIds === null ? found : await thoseIn(context, found, branchIds)
  if (recall_id !== undefined && there.length === 0) refuse(contract.recallUnknown)
  const batches = there.filter(({ id }) => batch_id === undefined || id === batch_id)
  if (batches.length === 0) refuse(contract.batchUnknown)
  return { batchIds: batches.map(({ id }) => id), batches, branchIds }
}

async function thoseIn(context: QueryContext, batches: readonly BatchRow[], branchIds: readonly string[]) {
  const levels = await levelsOfBatches(
    context,
    batches.map(({ id }) => id),
    branchIds,
  )
  const there = new Set(levels.map(({ batch_id }) => batch_id))
  return batches.filter(({ id }) => there.has(id))
}

/**
 * Where batches came from and went to: what moved of each in each branch, what is left there, and the transfers between
 * them. Whom they came from and went to and every document are read page by page: `readParties`, `readDocuments`.
 */
export async function traceBatches(context: QueryContext, { batchIds, branchIds }: Subject) {
  const subject = { batchIds, branchIds }
  const [sums, levels, transfers] = await Promise.all([
    sumByBranch(context, subject),
    levelsOfBatches(context, batchIds, branchIds),
    transfersOfBatches(context, subject, mostTransfers),
  ])
  const moved = Map.groupBy(sums, placeOf)
  const branches = levels.map(({ branch_id, batch_id, on_hand, reserved }) => {
    const at = { branch_id, batch_id: batch_id ?? '' }
    return { ...at, ...flowOf(moved.get(placeOf(at)) ?? []), on_hand: plain(on_hand), reserved: plain(reserved) }
  })
  return {
    branches,
    transfers: transfers.items.map((one) => asTransfer(one, branchIds)),
    total: {
      ...flowOf(sums),
      on_hand: sumOf(levels.map((level) => level.on_hand)),
      reserved: sumOf(levels.map((level) => level.reserved)),
      in_transit: plain(transfers.open),
      lost_in_transit: plain(transfers.written_off),
    },
  }
}

/** Batches with what their goods are called. */
export async function nameBatches(context: QueryContext, batches: readonly BatchRow[]) {
  const goods = await readGoods(context, [...new Set(batches.map(({ variant_id }) => variant_id))])
  return batches.map(({ id, ...batch }) => {
    const { name = '', sku = null } = goods.get(batch.variant_id) ?? {}
    return { ...batch, batch_id: id, product_name: name, sku }
  })
}

/** A page of whom batches came from and went to, with names for those who may read them. One row more: there is a next page. */
export async function readParties(
  context: QueryContext,
  subject: Subject,
  { direction, limit }: Pick<Input<typeof contract.listPartiesInput>, 'direction' | 'limit'>,
  after: string | undefined,
) {
  const rows = await sumByParty(context, subject, { direction, after, limit })
  const known = await partiesOf(
    context,
    rows.map(({ party_id }) => party_id),
  )
  return rows.map((row) => {
    const { name = null, email = null, phone = null } = known.get(row.party_id) ?? {}
    const { received, sold, returned, returned_to_suppliers } = row
    return {
      ...row,
      name,
      email,
      phone,
      received: plain(received),
      sold: plain(sold),
      returned: plain(returned),
      returned_to_suppliers: plain(returned_to_suppliers),
    }
  })
}

/** A page of the documents of batches. One row more: there is a next page. */
export async function readDocuments(
  context: QueryContext,
  { batches, ...subject }: Subject & { batches: readonly BatchRow[] },
  filter: Omit<Input<typeof contract.listDocumentsInput>, 'cursor' | 'recall_id' | 'batch_id'>,
  after: DocumentKey | undefined,
) {
  const { branch_id, ...others } = filter
  if (branch_id !== undefined) await readBranch(context, branch_id, contract.branchUnknown)
  const { party_id } = others
  if (party_id !== undefined && (await findParties(context, [party_id])).length === 0) refuse(contract.partyUnknown)
  const branchIds = branch_id === undefined ? subject.branchIds : [branch_id]
  const rows = await listDocuments(context, { ...subject, branchIds }, { ...others, after })
  const parties = await partiesOf(
    context,
    rows.flatMap(({ party_id }) => party_id ?? []),
  )
  const numbers = new Map(batches.map(({ id, number }) => [id, number]))
  return rows.map((row) => ({
    ...row,
    batch_number: numbers.get(row.batch_id) ?? '',
    party_name: (row.party_id === null ? undefined : parties.get(row.party_id)?.name) ?? null,
    quantity: plain(row.quantity),
  }))
}

/** The key of a document, for the cursor of the page behind it. */
export function keyOf({ batch_id, recorded_key, posting_id, branch_id }: DocumentRow): DocumentKey {
  return [batch_id, recorded_key, posting_id, branch_id]
}

/** Names are read when they are shown: neither documents nor movements hold them. */
async function partiesOf(context: QueryContext, ids: readonly string[]) {
  const { permissions } = context.caller
  const mayRead = permissions.has('*') || permissions.has(viewParties)
  const found = mayRead && ids.length > 0 ? await findParties(context, [...new Set(ids)]) : []
  return new Map(found.map((one) => [one.id, one]))
}

function placeOf({ branch_id, batch_id }: Pick<Sum, 'branch_id' | 'batch_id'>): string {
  return `${branch_id} ${batch_id}`
}

/** A transfer as whoever works in these branches reads it: what left, what became of it, and between which branches of theirs. */
function asTransfer(
  { transfer_id, number, batch_id, sent, arrived, taken_back, written_off, open, ...way }: BatchTransfer,
  branchIds: readonly string[] | null,
) {
  const theirs = (id: string) => (branchIds === null || branchIds.includes(id) ? id : null)
  return {
    document_type: 'transfer',
    document_id: transfer_id,
    document_number: number,
    batch_id,
    from_branch_id: theirs(way.from_branch_id),
    to_branch_id: theirs(way.to_branch_id),
    dispatched: plain(sent),
    arrived: plain(arrived),
    taken_back: plain(taken_back),
    in_transit: plain(open),
    lost_in_transit: plain(written_off),
  }
}

function flowOf(sums: readonly Pick<Sum, 'kind' | 'quantity'>[]): Record<Meaning, string> {
  const totals = new Map<Meaning, Money>(flows.map((name) => [name, money('0')]))
  for (const { kind, quantity } of sums) {
    const [name, sign] = meanings[kind as keyof typeof meanings]
    totals.set(name, (totals.get(name) ?? money('0')).plus(money(quantity).times(sign)))
  }
  return Object.fromEntries([...totals].map(([name, total]) => [name, toText(total)])) as Record<Meaning, string>
}

function sumOf(quantities: readonly string[]): string {
  return toText(quantities.reduce((sum, one) => sum.plus(one), money('0')))
}

function plain(text: string): string {
  return toText(money(text))
}
