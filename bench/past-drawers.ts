import type { Shop } from './shops.ts'
import type { Stage } from './stage.ts'

const cashiers = 12

/**
 * Gives a shop sessions of the past year with their counts, up to three each of which the last one counts: closed ones, some that wait to be
 * reconciled, of which half were counted blind, and some that are open. Written in SQL; the books know nothing of them.
 */
export async function fillPastDrawers(stage: Stage, { tenantId }: Shop, sessions: number): Promise<void> {
  await stage.query(
    'comptoir',
    `SET session_replication_role = replica;
     CREATE TABLE public.past_cashier AS SELECT n, gen_random_uuid() AS id FROM generate_series(1, ${cashiers}) n;
     INSERT INTO tenants.employee (tenant_id, id, user_id, display_name, status, is_scoped)
     SELECT '${tenantId}', id, gen_random_uuid(), 'Cashier ' || n, 'active', false FROM public.past_cashier;
     CREATE TABLE public.past_session AS
       SELECT n, gen_random_uuid() AS id, now() - interval '1 day' - random() * interval '365 days' AS opened_at,
              CASE n % 10 WHEN 0 THEN 'open' WHEN 1 THEN 'pending_reconciliation' WHEN 2 THEN 'pending_reconciliation' ELSE 'closed' END AS status
       FROM generate_series(1, ${sessions}) n;
     INSERT INTO cash.session (tenant_id, id, number, register_id, branch_id, entity_id, currency, float_amount, is_blind, variance_threshold,
       pay_out_limit, status, reconciliation, opened_by, opened_at, closed_by, closed_at)
     SELECT '${tenantId}', p.id, 1000000 + p.n, gen_random_uuid(), b.id, m.entity_id, m.currency, 150, p.n % 10 = 1, 5, 100, p.status,
            CASE p.status WHEN 'closed' THEN 'closed' WHEN 'pending_reconciliation' THEN 'draft' END, c.id, p.opened_at, c.id,
            CASE p.status WHEN 'closed' THEN p.opened_at + interval '8 hours' END
     FROM public.past_session p JOIN public.past_branch b ON b.n = 1 + p.n % (SELECT count(*) FROM public.past_branch)
     LEFT JOIN public.past_cashier c ON c.n = p.n % ${cashiers + 1}
     CROSS JOIN (SELECT * FROM cash.session WHERE tenant_id = '${tenantId}' LIMIT 1) m;
     CREATE TABLE public.past_count AS
       SELECT p.n, p.id AS session_id, gen_random_uuid() AS id, t AS number, p.opened_at + t * interval '9 hours' AS recorded_at
       FROM public.past_session p, generate_series(1, 3) t WHERE p.status <> 'open' AND t <= 1 + p.n % 3;
     INSERT INTO cash.count (tenant_id, id, session_id, number, actor_id, recorded_at)
     SELECT '${tenantId}', id, session_id, number, gen_random_uuid(), recorded_at FROM public.past_count;
     INSERT INTO cash.count_line (tenant_id, count_id, tender_kind, expected, counted, recorded_at)
     SELECT '${tenantId}', c.id, k.kind, e.expected, e.expected + ((c.n * 37 + c.number * 11 + k.at * 5) % 41 - 20) * 0.25, c.recorded_at
     FROM public.past_count c, (VALUES (1, 'cash'), (2, 'card')) k (at, kind),
          LATERAL (SELECT 200 + (c.n * 13 + k.at * 7) % 900 + 0.5 * c.number AS expected) e`,
  )
}
