import type { Table } from 'dexie'
import { dayIn } from '../../server/platform/time.ts'
import { call, type Input, type OperationName, problemOf } from '../api.ts'
import { whileNothingIsFetched } from './fetching.ts'
import { type Changed, forgetIfBehind, type KeptOnDevice, loadKept, markMemory, takeChanges } from './kept-on-device.ts'
import { readFact, store, writeFact } from './store.ts'

type Kind = 'goods' | 'stock' | 'customers'

const pageSize = 2_000
const operations = {
  goods: { all: 'assortment.list-goods', changes: 'assortment.list-goods-changes' },
  stock: { all: 'assortment.list-stock', changes: 'assortment.list-stock-changes' },
  customers: { all: 'assortment.list-customers', changes: 'assortment.list-customer-changes' },
} as const

interface Answer {
  readonly items: readonly { readonly id?: string; readonly variant_id?: string }[]
  readonly removed?: readonly string[]
  readonly next_cursor?: string | null
  readonly changes_cursor: string
  readonly has_more?: boolean
  readonly is_ground_changed?: boolean
  readonly as_of: string
}

/**
 * Fetches what a till of the branch sells with, whole the first time and what changed from then on. `progress` counts rows. One tab
 * fetches at a time; what another one fetched is read from the store.
 */
export function keepAssortment(branchId: string, progress: (rows: number) => void = () => {}): Promise<KeptOnDevice> {
  return whileNothingIsFetched(() => fetchAll(branchId, progress))
}

async function fetchAll(branchId: string, progress: (rows: number) => void): Promise<KeptOnDevice> {
  await forgetIfBehind()
  if (await isGroundOld()) await keepGround(branchId)
  let rows = 0
  const count = (more: number) => {
    rows += more
    progress(rows)
  }
  for (const kind of ['goods', 'stock', 'customers'] as const) await keepKind(kind, branchId, count)
  return loadKept()
}

/** Taxes are told for some days ahead, and prices of today: the ground is fetched anew each day. */
async function isGroundOld(): Promise<boolean> {
  const ground = await readFact('ground')
  return (
    !ground || dayIn(ground.branch.time_zone, new Date(ground.as_of)) !== dayIn(ground.branch.time_zone, new Date())
  )
}

async function keepGround(branchId: string): Promise<void> {
  const ground = await call('assortment.get-ground', { branch_id: branchId })
  await writeFact('ground', ground)
  await takeChanges({ ground })
}

async function keepKind(kind: Kind, branchId: string, count: (rows: number) => void): Promise<void> {
  const cursor = (await readFact('cursors'))?.[kind]
  if (cursor === undefined) return keepAll(kind, branchId, count)
  try {
    await keepChanges(kind, branchId, cursor, count)
  } catch (error) {
    if (problemOf(error)?.code !== 'cursor_outdated') throw error
    await keepAll(kind, branchId, count)
  }
}

async function keepAll(kind: Kind, branchId: string, count: (rows: number) => void): Promise<void> {
  const seen = new Set<string>()
  let first: Answer | undefined
  let cursor: string | null | undefined
  do {
    const page = await ask(operations[kind].all, {
      ...placed(kind, branchId),
      page_size: pageSize,
      ...(cursor ? { cursor } : {}),
    })
    first ??= page
    for (const item of page.items) seen.add(item.variant_id ?? item.id ?? '')
    await put(kind, page.items)
    count(page.items.length)
    cursor = page.next_cursor
  } while (cursor)
  const held = (await store[kind].toCollection().primaryKeys()) as string[]
  await drop(
    kind,
    held.filter((id) => !seen.has(id)),
  )
  await moveOn(kind, first)
}

async function keepChanges(kind: Kind, branchId: string, from: string, count: (rows: number) => void): Promise<void> {
  let cursor = from
  let hasMore = true
  while (hasMore) {
    const page = await ask(operations[kind].changes, { ...placed(kind, branchId), since: cursor })
    await put(kind, page.items)
    await drop(kind, page.removed ?? [])
    if (page.is_ground_changed) await keepGround(branchId)
    await moveOn(kind, page)
    count(page.items.length)
    cursor = page.changes_cursor
    hasMore = page.has_more ?? false
  }
}

const placed = (kind: Kind, branchId: string) => (kind === 'customers' ? {} : { branch_id: branchId })

async function ask(name: OperationName, input: Record<string, unknown>): Promise<Answer> {
  return (await call(name, input as Input<OperationName>)) as unknown as Answer
}

async function put(kind: Kind, items: Answer['items']): Promise<void> {
  await (store[kind] as Table).bulkPut([...items])
  await takeChanges({ [kind]: { items, removed: [] } } as Changed)
}

async function drop(kind: Kind, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await (store[kind] as Table).bulkDelete([...ids])
  await takeChanges({ [kind]: { items: [], removed: ids } } as Changed)
}

async function moveOn(kind: Kind, page: Answer | undefined): Promise<void> {
  if (!page) return
  await store.transaction('rw', store.facts, async () => {
    const cursors = (await readFact('cursors')) ?? {}
    const stockAsOf = kind === 'stock' ? { stockAsOf: page.as_of } : {}
    await writeFact('cursors', { ...cursors, ...stockAsOf, [kind]: page.changes_cursor })
  })
  await markMemory()
}
