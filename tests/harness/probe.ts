import { z } from 'zod'
import { batchCommand, command, query } from '../../server/platform/operation.ts'
import { Refusal, refusal, refuse } from '../../server/platform/refusal.ts'
import { id, line } from '../../server/platform/schema.ts'
import { withClient } from './postgres.ts'

const probeRefused = refusal('probe_refused', 409, 'The probe was told to refuse')
const thingInput = z.strictObject({
  id: id.optional(),
  name: line(50),
  behave: z.enum(['write', 'refuse when decided', 'refuse when recorded', 'break when recorded']).default('write'),
})
const thing = z.object({ id, name: z.string() })

/** A table and operations that exist in tests only, to make the platform do what no product operation can. */
export async function createProbeTable(ownerUrl: string): Promise<void> {
  await withClient(ownerUrl, (client) =>
    client.query(`
      CREATE SCHEMA probe;
      GRANT USAGE ON SCHEMA probe TO comptoir_app;
      CREATE TABLE probe.thing (
        tenant_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT thing_pkey PRIMARY KEY (tenant_id, id), CONSTRAINT thing_name_not_broken CHECK (name <> 'broken'));
      COMMENT ON TABLE probe.thing IS 'class: tenant. Tests only.';
      CALL platform.isolate('probe.thing');
      GRANT SELECT, INSERT ON probe.thing TO comptoir_app;`),
  )
}

const createThing = batchCommand({
  name: 'probe.create-thing',
  route: 'POST /v1/things',
  summary: 'Make a thing, or fail on demand.',
  permission: 'tenants.manage-branches',
  reach: 'any',
  input: thingInput,
  output: thing,
  batch: {
    async read(context) {
      await context.client.query("SELECT pg_advisory_xact_lock_shared(hashtext('probe gate'))")
      return null
    },
    decide(_, input, context) {
      if (input.behave === 'refuse when decided') refuse(probeRefused)
      return { ...input, id: input.id ?? context.newId() }
    },
    async record({ client, tenantId }, rows) {
      const kept = rows.filter((row) => row.behave !== 'refuse when recorded')
      await client.query(
        'INSERT INTO probe.thing (tenant_id, id, name) SELECT $1, new.id, new.name FROM unnest($2::uuid[], $3::text[]) AS new (id, name)',
        [
          tenantId,
          kept.map((row) => row.id),
          kept.map((row) => (row.behave === 'break when recorded' ? 'broken' : row.name)),
        ],
      )
      return rows.map((row) => (row.behave === 'refuse when recorded' ? new Refusal(probeRefused) : row))
    },
  },
})

const createSlowThing = command({
  name: 'probe.create-slow-thing',
  route: 'POST /v1/slow-things',
  summary: 'Make a thing once the gate is open.',
  permission: 'tenants.manage-branches',
  reach: 'any',
  input: thingInput,
  output: thing,
  async handle({ client, tenantId, newId }, input) {
    const row = { id: input.id ?? newId(), name: input.name }
    await client.query('INSERT INTO probe.thing (tenant_id, id, name) VALUES ($1, $2, $3)', [
      tenantId,
      row.id,
      row.name,
    ])
    await client.query("SELECT pg_advisory_xact_lock_shared(hashtext('probe gate'))")
    return row
  },
})

const countThings = query({
  name: 'probe.count-things',
  route: 'GET /v1/things-count',
  summary: 'How many things there are.',
  permission: null,
  reach: 'any',
  input: z.strictObject({}),
  output: z.object({ things: z.int() }),
  async handle({ client, tenantId }) {
    const { rows } = await client.query('SELECT count(*)::int AS things FROM probe.thing WHERE tenant_id = $1', [
      tenantId,
    ])
    return rows[0]
  },
})

export const probeOperations = [createThing, createSlowThing, countThings] as const

/** Closes the gate in front of the probe's commands while `work` runs; tells how many sessions wait at it, or for one that does. */
export async function whileGateClosed(
  superuserUrl: string,
  work: (waiting: () => Promise<number>) => Promise<void>,
): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    await client.query("SELECT pg_advisory_lock(hashtext('probe gate'))")
    await work(async () => {
      const { rows } = await client.query(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event IN ('advisory', 'transactionid')`,
      )
      return rows[0].waiting
    })
  })
}
