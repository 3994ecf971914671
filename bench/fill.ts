import { Client } from 'pg'
import { termsOf } from '../server/catalog/terms.ts'
import { recordPostings } from '../server/inventory/stock-queries.ts'
import { createClient } from '../server/platform/client.ts'
import { inOwnTransaction } from '../server/platform/database.ts'
import type { Operations } from '../server/registry.ts'
import { nameOf } from './catalogue.ts'
import type { Counter } from './counter.ts'
import type { FillLoop } from './fill-loop.ts'
import { headOf, type Shelf } from './shelf.ts'
import type { Shop } from './shops.ts'
import type { Ask, Stage } from './stage.ts'

const onHand = 1_000_000
const mostMovements = 1_000
const goodsOfShop = 500
const salesOfList = 1_000
/** So many are sold between two looks at how far it is. */
const salesOfStep = 20_000
const minute = 60_000

/** A shop as every benchmark has it: a tenant with tills in its branch, goods on the shelf, and a price for each. */
export async function openCounter(
  stage: Stage,
  url: string,
  {
    shop,
    cookie,
    tills,
    isSearched = false,
    goods: count = goodsOfShop,
  }: { shop: Shop; cookie: string; tills: number; isSearched?: boolean; goods?: number },
): Promise<Counter> {
  const { tenantId, branch } = shop
  const client = createClient<Operations>({ url, headers: { cookie, 'comptoir-tenant': tenantId } })
  const { goods } = await fillShelf(stage, shop, { goods: count, batches: 1, branches: 1, parties: 1 })
  if (isSearched) await makeFindable(stage, tenantId)
  await stage.query(
    'comptoir',
    `WITH list AS (
       INSERT INTO pricing.price_list (tenant_id, id, code, name, currency, includes_tax)
       VALUES ('${tenantId}', gen_random_uuid(), 'BENCH', 'Bench', 'MAD', true) RETURNING tenant_id, id)
     INSERT INTO pricing.price (tenant_id, id, price_list_id, variant_id, min_quantity, unit_price, valid)
     SELECT l.tenant_id, gen_random_uuid(), l.id, v.id, 0, 4 + row_number() OVER () % 27, daterange('2026-01-01', NULL)
     FROM list l JOIN catalog.variant v ON v.tenant_id = l.tenant_id`,
  )
  const sessionIds: string[] = []
  for (let number = 1; number <= tills; number++) {
    const register = { branch_id: branch.id, code: `B${number}`, name: `Till ${number}` }
    const { id } = await client.call('registers.create-register', register)
    sessionIds.push((await client.call('cash.open-session', { register_id: id, float_amount: '0' })).id)
  }
  const { items } = await client.call('payments.list-tenders', { limit: 50 })
  const cashId = items.find(({ kind }) => kind === 'cash')?.id ?? ''
  return { tenantId, cookie, sessionIds, variantIds: goods.map(({ variant_id }) => variant_id), cashId }
}

/** Who sells beforehand, one process for each stage: to load the product takes longer than a few sales. */
const fillers = new WeakMap<Stage, Ask<FillLoop, object>>()

/**
 * Sells so many baskets in each of the shops, by the path of the server, 1,000 in a transaction. Plans that were made while the
 * tables were empty are not those of a shop that sells, so what is measured comes after a VACUUM ANALYZE of it all. In the end
 * nobody is connected to the database.
 */
export async function fillSales(
  stage: Stage,
  counters: readonly Counter[],
  { sales, note }: { sales: number; note: (line: string) => void },
): Promise<void> {
  const fill = fillers.get(stage) ?? stage.start<FillLoop, object>('fill-loop.ts')
  fillers.set(stage, fill)
  const environment = stage.environment()
  const began = performance.now()
  let noted = began
  // Where there is nothing to tell in between, all in one go: each opens the product anew.
  const groups = sales <= salesOfList ? [counters] : counters.map((counter) => [counter])
  for (const group of groups) {
    for (let sold = 0; sold < sales; ) {
      // The first few tell the planner what the rest will be like.
      const next = Math.min(sales - sold, sold === 0 ? salesOfList : salesOfStep)
      await fill({ environment, counters: group, sales: next, list: salesOfList })
      sold += next
      if (next === salesOfList && sold < sales) await stage.query('comptoir', 'ANALYZE')
      const now = performance.now()
      if (now < noted + minute) continue
      noted = now
      note(`${sold} of ${sales} sales, ${Math.round((now - began) / 1000)} s`)
    }
  }
  await stage.query('comptoir', 'VACUUM ANALYZE')
}

/**
 * Every sale that was counted is there, but for requests cut off at the end of a round, and each has a stored answer; each drawer holds
 * what its sales left in it, and of each sale just what its lines say left the shelves.
 */
export async function assertSold(
  stage: Stage,
  { sales, cutOff }: { sales: number; cutOff: number },
  database = 'comptoir',
): Promise<void> {
  const [found] = await stage.query<{ sales: number; answers: number; drawers: number; goods: number }>(
    database,
    `SELECT (SELECT count(*)::int FROM sales.sale) AS sales,
            (SELECT count(*)::int FROM platform.idempotency_key) AS answers,
            (SELECT count(*)::int
             FROM (SELECT tenant_id, session_id, sum(paid - change) AS amount FROM sales.sale GROUP BY 1, 2) s
             LEFT JOIN ledger.account a ON a.tenant_id = s.tenant_id AND a.holder_id = s.session_id AND a.purpose = 'cash'
             WHERE a.balance IS DISTINCT FROM s.amount) AS drawers,
            (SELECT count(*)::int
             FROM (SELECT tenant_id, sale_id, variant_id, sum(quantity) AS quantity FROM sales.line GROUP BY 1, 2, 3) l
             FULL JOIN (
               SELECT m.tenant_id, m.posting_id, m.variant_id, -sum(m.quantity) AS quantity FROM inventory.movement m
               JOIN inventory.posting p ON p.tenant_id = m.tenant_id AND p.id = m.posting_id AND p.kind = 'sale' GROUP BY 1, 2, 3) m
               ON m.tenant_id = l.tenant_id AND m.posting_id = l.sale_id AND m.variant_id = l.variant_id
             WHERE m.quantity IS DISTINCT FROM l.quantity) AS goods`,
  )
  const { sales: recorded, answers, drawers, goods } = found!
  const isTied = answers === recorded && drawers === 0 && goods === 0
  if (recorded >= sales && recorded <= sales + cutOff && isTied) return
  throw new Error(
    `${sales} sales were counted, ${recorded} recorded, ${answers} answers kept; ${drawers} drawers and goods of ${goods} sales do not tie`,
  )
}

/** Gives a tenant goods with batches, parties and further branches, and stock of every batch in every branch. */
export async function fillShelf(
  stage: Stage,
  { tenantId, branch }: Shop,
  wanted: { goods: number; batches: number; branches: number; parties: number },
): Promise<Shelf> {
  const of = `b.tenant_id = '${tenantId}' AND b.id = '${branch.id}'`
  const branches = await stage.query<{ id: string }>(
    'comptoir',
    `WITH made AS (
       INSERT INTO tenants.branch (tenant_id, id, entity_id, code, name, time_zone)
       SELECT b.tenant_id, gen_random_uuid(), b.entity_id, 'BENCH' || n, 'Bench ' || n, b.time_zone
       FROM tenants.branch b, generate_series(2, ${wanted.branches}) n WHERE ${of} RETURNING id)
     SELECT id FROM made`,
  )
  const parties = await stage.query<{ id: string }>(
    'comptoir',
    `INSERT INTO parties.party (tenant_id, id, kind, name, sort_name)
     SELECT '${tenantId}', gen_random_uuid(), 'organisation', 'Party ' || n, 'party ' || n FROM generate_series(1, ${wanted.parties}) n
     RETURNING id`,
  )
  const names = Array.from({ length: wanted.goods }, (_, at) => nameOf(at))
  const goods = await stage.query<Shelf['goods'][number]>(
    'comptoir',
    `WITH given AS (
       SELECT * FROM jsonb_array_elements_text('${JSON.stringify(names)}') WITH ORDINALITY AS given (name, n)
     ), product AS (
       INSERT INTO catalog.product (tenant_id, id, kind, name, unit_id, tax_class_id, is_expiry_tracked, is_prescription_only,
         is_open_price, is_sellable, is_discontinued)
       SELECT u.tenant_id, gen_random_uuid(), 'stocked', given.name, u.id, c.id, true, false, false, true, false
       FROM catalog.unit u JOIN tax.class c ON c.tenant_id = u.tenant_id AND c.code = 'standard' CROSS JOIN given
       WHERE u.tenant_id = '${tenantId}' AND u.code = 'piece' RETURNING tenant_id, id
     ), variant AS (
       INSERT INTO catalog.variant (tenant_id, id, product_id) SELECT tenant_id, gen_random_uuid(), id FROM product
       RETURNING tenant_id, id
     )
     INSERT INTO inventory.batch (tenant_id, id, variant_id, number, expires_on)
     SELECT tenant_id, gen_random_uuid(), id, 'LOT-' || n, DATE '2036-01-01' + n FROM variant, generate_series(1, ${wanted.batches}) n
     RETURNING variant_id, id AS batch_id`,
  )
  const shelf = {
    tenantId,
    branchIds: [branch.id, ...branches.map(({ id }) => id)],
    goods,
    partyIds: parties.map(({ id }) => id),
  }
  await receive(stage, shelf)
  return shelf
}

/** Writes the terms by which what a tenant sells is found, as its commands would. */
async function makeFindable(stage: Stage, tenantId: string): Promise<void> {
  const goods = await stage.query<{ variant_id: string; name: string }>(
    'comptoir',
    `SELECT v.id AS variant_id, p.name FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
     WHERE v.tenant_id = '${tenantId}'`,
  )
  const terms = goods.map(({ variant_id, name }) => ({ variant_id, terms: termsOf({ name }) }))
  const client = new Client({ connectionString: stage.appUrl() })
  await client.connect()
  await inOwnTransaction(client, tenantId, (tx) =>
    tx.client.query('SELECT catalog.index_terms($1, $2)', [tenantId, JSON.stringify(terms)]),
  )
  await client.end()
}

async function receive(stage: Stage, shelf: Shelf): Promise<void> {
  const { tenantId } = shelf
  const client = new Client({ connectionString: stage.appUrl() })
  await client.connect()
  const lines = shelf.branchIds.flatMap((branch_id) => shelf.goods.map((one) => ({ ...one, branch_id })))
  for (let at = 0; at < lines.length; at += mostMovements) {
    const movements = lines.slice(at, at + mostMovements).map((line) => ({
      ...line,
      quantity: String(onHand),
      value: String(onHand * 10),
      unit_cost: '10',
      last_cost: '10',
    }))
    await inOwnTransaction(client, tenantId, async (tx) => {
      const [answer] = await recordPostings({ ...tx, tenantId }, [{ ...headOf('receipt', shelf), movements }])
      if (answer?.code !== null) throw new Error(`a receipt was refused: ${answer?.code}`)
    })
  }
  await client.end()
}
