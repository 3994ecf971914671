import { runJob } from '../../server/platform/jobs.ts'
import { createLog } from '../../server/platform/log.ts'
import type { TestOwner, TestServer } from './server.ts'

type Owner = Pick<TestOwner, 'client' | 'tenantId'>

/** Runs a job of this module now. */
export async function runQualityJob(server: Pick<TestServer, 'product'>, name: string, payload: object = {}) {
  const job = server.product.jobs.find((one) => one.name === name)
  if (!job) throw new Error(`there is no job ${name}`)
  const { databases } = server.product
  await runJob(job, payload, { databases, log: createLog('silent'), environment: 'test' })
}

/** Has rules judged at once; answers with the run and what it found. */
export async function judge(
  server: Pick<TestServer, 'product'>,
  { client, tenantId }: Owner,
  what: { rule_id?: string; dataset?: 'products' } = {},
) {
  const { id } = await client.call('quality.run-rules', what)
  await runQualityJob(server, 'quality.judge-run', { tenant_id: tenantId, run_id: id })
  return client.call('quality.get-run', { id })
}

/** What rules of quality and their runs are about. */
export function qualityHints(owner: TestOwner): Readonly<Record<string, () => unknown>> {
  return {
    rule_key: () => `k${crypto.randomUUID()}`,
    config: () => ({ kind: 'not_null', column: 'name' }),
    daily_hour: () => null,
    'quality.run-rules rule_id': () => ruleOf(owner),
    'quality.list-held rule_id': () => ruleOf(owner),
  }
}

/** How what samples are about is made, where no collection makes it. */
export function qualityMakers(
  server: TestServer,
  owner: TestOwner,
): Readonly<Record<string, () => Promise<Record<string, unknown>>>> {
  return {
    async 'quality.list-failing-rows'() {
      const { results } = await judge(server, owner, { rule_id: await ruleOfCustomers(owner) })
      return { id: results[0]?.id }
    },
  }
}

/** A rule that finds a customer wrong, so that there is something personal to be kept. */
async function ruleOfCustomers({ client }: TestOwner): Promise<string> {
  const [name, email] = [`Of quality ${crypto.randomUUID()}`, `quality-${crypto.randomUUID()}@example.org`]
  await client.call('parties.create-party', { kind: 'person', name, email, roles: ['customer'] })
  const config = { kind: 'pattern', column: 'email', pattern: '^$' } as const
  const rule = { dataset: 'customers', rule_key: `k${crypto.randomUUID()}`, name: 'Of a sample', config } as const
  return (await client.call('quality.create-rule', rule)).id
}

async function ruleOf({ client }: TestOwner): Promise<string> {
  const rule = {
    dataset: 'products',
    rule_key: `k${crypto.randomUUID()}`,
    name: 'Of a sample',
    config: namedProducts,
  } as const
  return (await client.call('quality.create-rule', rule)).id
}

const namedProducts = { kind: 'not_null', column: 'name' } as const
