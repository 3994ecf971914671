import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { plannings, plansOf } from '../../tests/harness/plans.ts'
import { countTables, createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { fillStock } from '../../tests/harness/stock-history.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, openDatabases, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { dayIn, now } from '../platform/time.ts'
import { countAlerts, countTickets, countUnsettled, readExpiring, readSessions, readTakings } from './queries.ts'

const tenantId = uuidv7()
const [today, variants] = [dayIn('UTC', now()), 2_000]

let database: TestDatabase
let databases: Databases
let branchIds: string[]

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    branchIds = (await fillStock(client, tenantId, { branches: 3, variants, movements: 1 })).branchIds
    for (const text of filled) await client.query(text.includes('$1') ? { text, values: [tenantId] } : text)
    await countTables(client)
  })
}, 120_000)
afterAll(async () => {
  await databases.end()
  await database.drop()
})

/** Years of a shop: of each noun, few rows matter today. */
const filled = [
  `INSERT INTO sales.sale (tenant_id, id, kind, number, sequence, register_id, session_id, branch_id, entity_id, seller_id,
     is_offline, is_price_with_tax, currency, base_currency, gross, discount, net_discount, net, tax, total, rounding, paid, change,
     cost, platform_fees, fees_returned, payment_fees, shipping_cost, taxes, data_quality_score, effective_on, made_at, recorded_at)
   SELECT $1, gen_random_uuid(), 'sale', n::text, n, b.id, b.id, b.id, b.entity_id, b.id, false, true, 'EUR', 'EUR', 1, 0, 0, 1, 0, 1,
     0, 1, 0, 0, 0, 0, 0, 0, '[]', 100, current_date, now() - n * interval '1 hour', now()
   FROM tenants.branch b, generate_series(1, 20000) n WHERE b.tenant_id = $1`,
  `INSERT INTO cash.session (tenant_id, id, number, register_id, branch_id, entity_id, currency, float_amount, is_blind,
     variance_threshold, pay_out_limit, status, reconciliation, opened_at, closed_at)
   SELECT $1, gen_random_uuid(), 10 * n + row_number() OVER (PARTITION BY n), gen_random_uuid(), b.id, b.entity_id, 'EUR', 0, false, 0, 0,
     CASE WHEN n > 5 THEN 'closed' ELSE 'open' END, CASE WHEN n > 5 THEN 'closed' END, now(), CASE WHEN n > 5 THEN now() END
   FROM tenants.branch b, generate_series(1, 5000) n WHERE b.tenant_id = $1`,
  // Each variant has had ten batches in each branch, one of which is there.
  `INSERT INTO inventory.batch (tenant_id, id, variant_id, number, expires_on)
   SELECT $1, gen_random_uuid(), v.id, n::text, current_date + 100 * (n - 9) FROM catalog.variant v, generate_series(1, 10) n
   WHERE v.tenant_id = $1`,
  `INSERT INTO inventory.level (tenant_id, id, branch_id, variant_id, batch_id, on_hand)
   SELECT $1, gen_random_uuid(), b.id, t.variant_id, t.id, CASE t.number WHEN '9' THEN 5 ELSE 0 END
   FROM tenants.branch b, inventory.batch t WHERE b.tenant_id = $1 AND t.tenant_id = $1`,
  `INSERT INTO replenishment.alert (tenant_id, id, kind, branch_id, variant_id, open_key, quantity, opened_at, closed_at)
   SELECT $1, gen_random_uuid(), 'low', b.id, gen_random_uuid(), CASE WHEN n <= 5 THEN b.id::text || n END, 0, now(),
     CASE WHEN n > 5 THEN now() END
   FROM tenants.branch b, generate_series(1, 5000) n WHERE b.tenant_id = $1`,
  `INSERT INTO tickets.ticket (tenant_id, id, number, branch_id, names, lines, state)
   SELECT $1, gen_random_uuid(), 10 * n + row_number() OVER (PARTITION BY n), b.id, '[]', '[]', CASE WHEN n > 5 THEN 'sold' ELSE 'open' END
   FROM tenants.branch b, generate_series(1, 5000) n WHERE b.tenant_id = $1`,
  `INSERT INTO sync.slip (tenant_id, id, device_id, register_id, branch_id, session_id, sequence, previous_hash, hash, text_hash, made_at,
     sale_id, fault, recorded_at)
   SELECT $1, gen_random_uuid(), b.id, b.id, b.id, b.id, n, h.hash, h.hash, h.hash, now(), CASE WHEN n > 5 THEN gen_random_uuid() END,
     CASE WHEN n <= 5 THEN 'unreadable' END, now()
   FROM tenants.branch b, generate_series(1, 5000) n, LATERAL (SELECT sha256((b.id::text || n)::bytea) AS hash) h WHERE b.tenant_id = $1`,
]

const explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF)'
const branches = (ids: readonly string[]) => ids.map((id) => ({ id, time_zone: 'UTC', currency: 'EUR', today }))

type Scope = Transaction & { tenantId: string }

/** How many rows of a table one place of a plan reads at most: those of 14 days by the hour, of stock, of what is open. */
const reads: [
  what: string,
  tables: string,
  most: number,
  run: (scope: Scope, ids: readonly string[]) => Promise<unknown>,
][] = [
  ['takings', 'sale', 15 * 24, (scope, ids) => readTakings(scope, { branches: branches(ids), now: now() })],
  ['sessions', 'session', 5, readSessions],
  ['alerts', 'alert', 5, countAlerts],
  ['tickets', 'ticket', 5, countTickets],
  ['what is not settled', 'slip', 5, countUnsettled],
  ['batches', 'level|batch|cost', variants, (scope, ids) => readExpiring(scope, branches(ids))],
]

describe.each(plannings)('with %s, as the role of requests', (planning) => {
  test.each(reads)(
    '%s of a branch and of all are read without a scan of a table, and no more than there is',
    async (...given) => {
      const [, tables, most, run] = given
      for (const ids of [branchIds.slice(0, 1), branchIds]) {
        const plan = await plansOf(databases, tenantId, (scope) => run(scope, ids), { planning, explain })
        expect(plan).not.toMatch(/Seq Scan on (sale|session|alert|ticket|slip|level|batch|cost)\b/)
        const scans = [...plan.matchAll(new RegExp(`Scan .*on (?:${tables})\\b.*rows=([\\d.]+) loops=(\\d+)`, 'g'))]
        expect(scans.length).toBeGreaterThan(0)
        for (const [text, rows, loops] of scans)
          expect(Number(rows) * Number(loops), `${text}\n${plan}`).toBeLessThanOrEqual(most * ids.length)
        expect(Number(plan.match(/Rows Removed by Filter: (\d+)/)?.[1] ?? 0), plan).toBeLessThanOrEqual(most)
      }
    },
  )
})
