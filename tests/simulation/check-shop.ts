import type pg from 'pg'
import { read } from './amounts.ts'
import { sum } from './basket.ts'
import { accountOf, type Sale, type Shop } from './shop.ts'
import { costOf, placeOf, type Shelf } from './stock.ts'

/**
 * What of a shop is not as the model says: the shelves that were touched, all balances of the books, registers and sessions, and the
 * last tickets, transfers, counts and receipts.
 */
export async function faultsOfShop(superuser: pg.Pool, shop: Shop, shelves: readonly Shelf[]): Promise<string[]> {
  const { rows } = await superuser.query({
    name: 'simulation-look',
    text: `SELECT
      (SELECT jsonb_agg(jsonb_build_array(l.branch_id, l.variant_id, l.batch_id, l.on_hand::text))
       FROM unnest($2::uuid[], $3::uuid[]) AS w (branch_id, variant_id)
       JOIN inventory.level l ON l.tenant_id = $1 AND l.branch_id = w.branch_id AND l.variant_id = w.variant_id) AS levels,
      (SELECT jsonb_agg(jsonb_build_array(c.branch_id, c.variant_id, c.quantity::text, c.value::text, c.last_cost::text))
       FROM unnest($2::uuid[], $3::uuid[]) AS w (branch_id, variant_id)
       JOIN inventory.cost c ON c.tenant_id = $1 AND c.branch_id = w.branch_id AND c.variant_id = w.variant_id) AS costs,
      (SELECT jsonb_agg(jsonb_build_array(a.purpose, a.holder_id, a.balance::text)) FROM ledger.account a
       WHERE a.tenant_id = $1 AND a.balance <> 0) AS books,
      (SELECT jsonb_object_agg(r.code, r.last_sequence) FROM registers.register r WHERE r.tenant_id = $1) AS registers,
      (SELECT jsonb_object_agg(s.id, s.status || ' ' || s.version) FROM cash.session s
       WHERE s.tenant_id = $1 AND s.id = ANY ($4)) AS sessions,
      (SELECT jsonb_object_agg(t.id, t.state || ' ' || t.version) FROM tickets.ticket t
       WHERE t.tenant_id = $1 AND t.id = ANY ($5)) AS tickets,
      (SELECT jsonb_object_agg(t.id, t.state || ' ' || t.version) FROM transfers.transfer t
       WHERE t.tenant_id = $1 AND t.id = ANY ($6)) AS transfers,
      (SELECT jsonb_object_agg(c.id, c.state || ' ' || c.version) FROM counts.count c
       WHERE c.tenant_id = $1 AND c.id = ANY ($7)) AS counts,
      (SELECT jsonb_object_agg(s.id, jsonb_build_array(s.kind, s.number, s.total::text, s.tax::text,
         (SELECT sum(p.amount)::text FROM payments.payment p WHERE p.tenant_id = $1 AND p.origin_id = coalesce(s.root_id, s.id) AND p.document_id = s.id)))
       FROM sales.sale s WHERE s.tenant_id = $1 AND s.id = ANY ($8)) AS receipts`,
    values: [
      shop.tenantId,
      shelves.map(({ branch }) => shop.branches[branch]?.id),
      shelves.map(({ goods }) => shop.goods[goods]?.variantId),
      shop.registers.flatMap(({ session }) => session?.id ?? []),
      ...[shop.tickets, shop.transfers, shop.counts, lastReceipts(shop)].map((some) => some.map(({ id }) => id)),
    ],
  })
  const found: Found & { books: Parameters<typeof faultsOfBooks>[1] | null } = rows[0]
  return [
    ...faultsOfStock(shop, shelves, found),
    ...faultsOfBooks(shop, found.books ?? []),
    ...faultsOfTills(shop, found),
    ...faultsOfDocuments('ticket', shop.tickets, found.tickets),
    ...faultsOfDocuments('transfer', shop.transfers, found.transfers),
    ...faultsOfDocuments('count', shop.counts, found.counts),
    ...faultsOfReceipts(shop, found.receipts),
  ]
}

/** How many receipts come of one command at most, as a rule. */
const mostReceipts = 4

function lastReceipts({ sales }: Shop): Sale[] {
  return sales.slice(-mostReceipts)
}

/** State and version of each, by its id. */
type Documents = Readonly<Record<string, string>> | null

interface Found {
  readonly levels: readonly [branch: string, variant: string, batch: string | null, onHand: string][] | null
  readonly costs: readonly [branch: string, variant: string, quantity: string, value: string, lastCost: string][] | null
  readonly registers: Readonly<Record<string, number>> | null
  readonly sessions: Documents
  readonly tickets: Documents
  readonly transfers: Documents
  readonly counts: Documents
  readonly receipts: Readonly<
    Record<string, [kind: string, number: string, total: string, tax: string, paid: string | null]>
  > | null
}

function faultsOfStock(shop: Shop, shelves: readonly Shelf[], { levels, costs }: Found): string[] {
  return shelves.flatMap((shelf) => {
    const isIt = ([branch, variant]: readonly unknown[]) =>
      branch === shop.branches[shelf.branch]?.id && variant === shop.goods[shelf.goods]?.variantId
    const name = `${shop.goods[shelf.goods]?.code} in ${shop.branches[shelf.branch]?.name}`
    const found = new Map(
      (levels ?? []).filter(isIt).map(([, , batch, onHand]) => [placeOf(shelf, batch), String(Number(onHand))]),
    )
    const wanted = [...shop.stock.levels].filter(([place]) => place.startsWith(`${shelf.branch} ${shelf.goods} `))
    const places = new Set([...found.keys(), ...wanted.map(([place]) => place)])
    const wrong = [...places].flatMap((place) => {
      const [here, model] = [found.get(place) ?? '0', String(shop.stock.levels.get(place) ?? 0)]
      return here === model ? [] : [`of ${name} there lie ${here}, the model has ${model}`]
    })
    const [, , quantity = '0', value = '0', lastCost = '0'] = (costs ?? []).find(isIt) ?? []
    const cost = costOf(shop.stock, shelf)
    const here = `${Number(quantity)} worth ${read(value, shop.decimals)}, one at ${read(lastCost, 6)}`
    const model = `${cost.quantity} worth ${cost.value}, one at ${cost.lastCost}`
    return here === model ? wrong : [...wrong, `of ${name} are booked ${here}; the model has ${model}`]
  })
}

function faultsOfBooks(
  shop: Shop,
  rows: readonly [purpose: string, holder: string | null, balance: string][],
): string[] {
  const found = new Map(
    rows.map(([purpose, holder, balance]) => [accountOf(purpose, holder), read(balance, shop.decimals)]),
  )
  const names = new Set([...found.keys(), ...shop.books.keys()])
  return [...names].flatMap((name) => {
    const [here, model] = [found.get(name) ?? 0n, shop.books.get(name) ?? 0n]
    return here === model ? [] : [`the books hold ${here} on ${name}, the model ${model}`]
  })
}

function faultsOfTills(shop: Shop, { registers, sessions }: Found): string[] {
  return shop.registers.flatMap(({ code, sequence, session }) => {
    const last = registers?.[code] ?? 0
    const numbered = last === sequence ? [] : [`${code} stands at ${last}, the model at ${sequence}`]
    if (!session) return numbered
    const status = {
      open: 'open',
      pending: 'pending_reconciliation',
      escalated: 'pending_reconciliation',
      closed: 'closed',
    }
    const [here, model] = [sessions?.[session.id], `${status[session.state]} ${session.version}`]
    return here === model ? numbered : [...numbered, `the session of ${code} is ${here}, the model has ${model}`]
  })
}

function faultsOfDocuments(
  name: string,
  known: readonly { readonly id: string; readonly state: string; readonly version: number }[],
  found: Documents,
): string[] {
  return known.flatMap(({ id, state, version }) => {
    const [here, model] = [found?.[id], `${state} ${version}`]
    return here === model ? [] : [`a ${name} is ${here}, the model has ${model}`]
  })
}

function faultsOfReceipts(shop: Shop, found: Found['receipts']): string[] {
  return lastReceipts(shop).flatMap(({ id, kind, number, lines }) => {
    const sign = kind === 'sale' ? 1n : -1n
    const [total, tax] = [sum(lines.map((line) => line.total)), sum(lines.map((line) => line.tax))]
    const model = `${kind} ${number} of ${sign * total}, tax ${sign * tax}, paid ${sign * total}`
    const [itsKind, itsNumber, ...amounts] = found?.[id] ?? []
    const [itsTotal, itsTax, paid] = amounts.map((amount) => read(amount ?? '0', shop.decimals))
    const here = `${itsKind} ${itsNumber} of ${itsTotal}, tax ${itsTax}, paid ${paid}`
    return here === model ? [] : [`a receipt is ${here}, the model has ${model}`]
  })
}
