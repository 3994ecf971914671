import { Client } from 'pg'
import { type NewMovement, recordPostings } from '../server/inventory/stock-queries.ts'
import type { createClient } from '../server/platform/client.ts'
import { inOwnTransaction } from '../server/platform/database.ts'
import type { Operations } from '../server/registry.ts'
import { headOf } from './shelf.ts'
import type { Shop } from './shops.ts'
import type { Stage } from './stage.ts'

const batches = 3
const categories = 12
const mostMovements = 1_000
const reserved = 300

interface Lot {
  readonly n: number
  readonly branch_id: string
  readonly variant_id: string
  readonly batch_id: string
  readonly lot: number
}

/**
 * Gives goods categories and, in every branch, batches that expired or will, each with what came and what left on days of the past year at
 * costs that differ; some is below zero, some reserved, some in quarantine, and policies of every reach say when it is low. What came and
 * went is recorded by the function of the product; the rest is written in SQL.
 */
export async function fillPastStock(
  stage: Stage,
  { tenantId }: Shop,
  { goods, client }: { goods: number; client: ReturnType<typeof createClient<Operations>> },
): Promise<void> {
  await stage.query('comptoir', `SET session_replication_role = replica; ${groundOf(tenantId, goods)}`)
  const lots = await stage.query<Lot>(
    'comptoir',
    `SELECT g.n::int AS n, b.id AS branch_id, g.id AS variant_id, t.id AS batch_id, substr(t.number, 6)::int AS lot
     FROM public.past_goods g JOIN inventory.batch t ON t.tenant_id = '${tenantId}' AND t.variant_id = g.id AND t.number LIKE 'PAST-%'
     CROSS JOIN public.past_branch b ORDER BY b.n, g.n, lot`,
  )
  const app = new Client({ connectionString: stage.appUrl() })
  await app.connect()
  try {
    for (const kind of ['receipt', 'write_off'] as const) {
      const movements = lots.flatMap((lot) => (kind === 'receipt' ? cameOf(lot) : leftOf(lot)))
      for (let at = 0; at < movements.length; at += mostMovements) {
        const posting = { ...headOf(kind, { partyIds: [] }), movements: movements.slice(at, at + mostMovements) }
        const [answer] = await inOwnTransaction(app, tenantId, (tx) => recordPostings({ ...tx, tenantId }, [posting]))
        if (answer?.code !== null) throw new Error(`a ${kind} was refused: ${answer?.code}`)
      }
    }
  } finally {
    await app.end()
  }
  await keepSome(client, lots)
}

const dayBefore = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
const quantityOf = ({ n, lot }: Lot) => 4 + ((n * 7 + lot * 11) % 23)

function cameOf(lot: Lot): NewMovement[] {
  const { n, branch_id, variant_id, batch_id } = lot
  const cost = 3 + ((n * 5 + lot.lot * 3) % 17)
  const quantity = quantityOf(lot)
  return [
    {
      ...{ branch_id, variant_id, batch_id, quantity: `${quantity}`, value: `${quantity * cost}.${10 + (n % 90)}` },
      ...{ unit_cost: `${cost}`, last_cost: `${cost}`, effective_on: dayBefore(5 + ((n * 13 + lot.lot * 29) % 360)) },
    },
  ]
}

/** Of the first batch of some goods all is gone, or more than all; of the others a part of some. */
function leftOf(lot: Lot): NewMovement[] {
  const { n, branch_id, variant_id, batch_id } = lot
  const all = quantityOf(lot)
  const first = n % 10 === 0 ? `${all}` : `${all + 2}`
  const part = n % 3 === 0 ? `${all - 3}` : undefined
  const quantity = lot.lot === 1 && n % 5 === 0 ? first : part
  if (quantity === undefined) return []
  return [
    {
      ...{ branch_id, variant_id, batch_id, quantity: `-${quantity}`, value: `-${1 + (n % 40)}.${10 + lot.lot}` },
      ...{ unit_cost: '5', last_cost: '5', may_go_below_zero: true, effective_on: dayBefore((n * 17) % 4) },
    },
  ]
}

function groundOf(tenantId: string, goods: number): string {
  const tenant = `'${tenantId}'`
  const policy = (from: string, fields: { branch: string; variant: string; point: string; minimum: string }) => `
    INSERT INTO replenishment.policy (tenant_id, id, branch_id, variant_id, valid, reorder_point, minimum_stock)
    SELECT ${tenant}, gen_random_uuid(), ${fields.branch}, ${fields.variant}, v.valid, ${fields.point}, ${fields.minimum}
    FROM ${from} CROSS JOIN LATERAL (VALUES (daterange('2020-01-01', CURRENT_DATE - 30), 1000), (daterange(CURRENT_DATE - 30, NULL), 1)) v (valid, times);`
  return `
    WITH made AS (
      INSERT INTO catalog.category (tenant_id, id, name) SELECT ${tenant}, gen_random_uuid(), 'Category ' || n FROM generate_series(1, ${categories}) n
      RETURNING id
    ), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM made)
    UPDATE catalog.product p SET category_id = c.id
    FROM public.past_goods g JOIN catalog.variant v ON v.tenant_id = ${tenant} AND v.id = g.id, numbered c
    WHERE p.tenant_id = ${tenant} AND p.id = v.product_id AND c.n = g.n % ${categories + 2};
    INSERT INTO inventory.batch (tenant_id, id, variant_id, number, expires_on)
    SELECT ${tenant}, gen_random_uuid(), g.id, 'PAST-' || lot, CURRENT_DATE - 60 + ((g.n * 31 + lot * 97) % 400)::int
    FROM public.past_goods g, generate_series(1, ${batches}) lot WHERE g.n <= ${goods};
    ${policy('(SELECT 1) one', { branch: 'NULL', variant: 'NULL', point: 'NULL', minimum: '12 * v.times' })}
    ${policy('public.past_branch b', { branch: 'b.id', variant: 'NULL', point: 'CASE WHEN b.n = 2 THEN 20 * v.times END', minimum: '3' })}
    ${policy('public.past_goods g', { branch: 'NULL', variant: 'g.id', point: 'CASE WHEN g.n % 4 = 0 THEN 30 * v.times END', minimum: 'CASE WHEN g.n % 3 = 0 THEN 40 END' })}
    ${policy('public.past_goods g JOIN public.past_branch b ON g.n % 7 = b.n', { branch: 'b.id', variant: 'g.id', point: 'CASE WHEN g.n % 2 = 0 THEN 35.5 * v.times END', minimum: '45' })}
    INSERT INTO replenishment.alert (tenant_id, id, kind, branch_id, variant_id, open_key, quantity, threshold, opened_at, closed_at)
    SELECT ${tenant}, gen_random_uuid(), 'low', b.id, g.id, CASE WHEN g.n % 2 = 0 THEN 'past ' || b.n || ' ' || g.n END, 1, 25, now(),
           CASE WHEN g.n % 2 = 1 THEN now() END
    FROM public.past_goods g, public.past_branch b WHERE g.n % 11 < 2;`
}

/** Keeps some for orders, gives some of that back, and puts what has expired in one branch into quarantine. */
async function keepSome(client: ReturnType<typeof createClient<Operations>>, lots: readonly Lot[]): Promise<void> {
  const [, second = '', third = ''] = [...new Set(lots.map((lot) => lot.branch_id))]
  const wanted = lots.filter(({ branch_id, lot, n }) => branch_id === second && lot === 2 && n % 3 !== 0)
  const lines = wanted.slice(0, reserved).map(({ variant_id, batch_id }) => ({ variant_id, batch_id, quantity: '2' }))
  const { id } = await client.call('inventory.quarantine-stock', { branch_id: second, reason: 'damaged', lines })
  await client.call('inventory.release-from-quarantine', { id, lines: [{ line: 1 }, { line: 2, quantity: '1' }] })
  await client.call('inventory.quarantine-expired', { branch_id: third })
}

/** Some goods are not sold any more: what is low of them is no matter. Nothing is sold of them after that. */
export async function discontinueSome(stage: Stage, { tenantId }: Shop): Promise<void> {
  await stage.query(
    'comptoir',
    `UPDATE catalog.product p SET is_discontinued = true FROM catalog.variant v, public.past_goods g
     WHERE p.tenant_id = '${tenantId}' AND v.tenant_id = p.tenant_id AND v.product_id = p.id AND g.id = v.id AND g.n % 13 = 0`,
  )
}
