import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { providedTender } from './harness/payment-hints.ts'
import { withClient } from './harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from './harness/server.ts'
import { until } from './harness/until.ts'

const pin = '8317'
const [held, gate, wanted] = [1, 2, 3]

let server: TestServer
let owner: TestOwner
let tender_id: string
let powerless: TestClient
beforeAll(async () => {
  server = await startTestServer({ env: { LOCK_TIMEOUT_MS: '60000' } })
  owner = await signUpOwner(server)
  tender_id = await providedTender(owner)
  await owner.client.call('tenants.set-till-pin', { pin })
  const person = await signUpPerson(server)
  await hire(server, owner, person)
  powerless = clientIn(server, person, owner.tenantId)
})
afterAll(() => server?.close())

const retriesSoFar = async () =>
  (await server.product.metrics.retries.get()).values.find(({ labels }) => labels.reason === '40P01')?.value ?? 0

/** Has whoever first writes such rows run into a deadlock with somebody else, whom PostgreSQL lets go on. */
async function inDeadlock<T>({ writes, when = 'true' }: Writing, work: () => Promise<T>): Promise<T> {
  const { superuserUrl } = server.database
  return withClient(superuserUrl, (keeper) =>
    withClient(superuserUrl, async (rival) => {
      const waiting = `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objid = $1 AND NOT l.granted`
      const isWaitedFor = async (lock: number) => (await keeper.query(waiting, [lock])).rowCount
      await keeper.query(meeting(writes, when))
      await keeper.query('SELECT pg_advisory_lock($1)', [gate])
      // Who looks for deadlocks first is the one who is given up.
      await rival.query(`BEGIN; SET LOCAL deadlock_timeout = '1h'; SELECT pg_advisory_xact_lock(${wanted})`)
      const answer = work()
      answer.catch(() => {})
      await until('it holds the one and waits', () => isWaitedFor(gate))
      const done = rival.query(`SELECT pg_advisory_xact_lock(${held}); COMMIT`)
      await until('the rival waits for that', () => isWaitedFor(held))
      await keeper.query('SELECT pg_advisory_unlock($1)', [gate])
      await done
      await answer.catch(() => {})
      await keeper.query('DROP FUNCTION public.meet() CASCADE')
      return answer
    }),
  )
}

interface Writing {
  readonly writes: string
  readonly when?: string
}

function meeting(writes: string, when: string): string {
  return `CREATE FUNCTION public.meet() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(${held}), pg_advisory_xact_lock_shared(${gate}), pg_advisory_xact_lock(${wanted});
      RETURN NULL;
    END $$;
    CREATE TRIGGER zz_meet AFTER ${writes} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION public.meet()`
}

const authorize = () =>
  owner.client.call('payments.authorize', {
    ...{ id: uuidv7(), tender_id, branch_id: owner.branchId, amount: '12.50', currency: 'EUR' },
  })
const approve = (tried: string) =>
  owner.client.call('tenants.check-till-pin', {
    ...{ branch_id: owner.branchId, employee_id: owner.employeeId, pin: tried },
  })

const change = () => owner.client.call('tenants.create-region', { code: 'A', name: 'A' })
const forbidden = () =>
  expect(powerless.call('tenants.create-region', { code: 'B', name: 'B' })).rejects.toMatchObject({
    problem: { code: 'forbidden' },
  })
const ofRefusal = { writes: 'INSERT ON audit.entry', when: `NEW.severity = 'warning'` }
const ofPin = { writes: 'INSERT ON audit.entry', when: `NEW.event = 'tenants.check-till-pin'` }
const ofApproval = { writes: 'INSERT ON payments.authorization_event', when: `NEW.outcome = 'approved'` }

const writings: readonly [what: string, writing: Writing, work: () => Promise<unknown>][] = [
  ['a change', { writes: 'INSERT ON tenants.region' }, change],
  ['asking for an authorization', { writes: 'INSERT ON payments.authorization' }, authorize],
  ['noting what a provider said', ofApproval, authorize],
  ['counting a try of a PIN', { writes: 'UPDATE ON tenants.till_pin', when: 'NEW.failures > 0' }, () => approve(pin)],
  ['forgetting the tries', { writes: 'UPDATE ON tenants.till_pin', when: 'NEW.failures = 0' }, () => approve(pin)],
  ['its entry in the chain', ofPin, () => approve(pin)],
  ['the entry of what somebody may not do', ofRefusal, forbidden],
]

test.each(writings)('a deadlock of %s reaches nobody: it is tried again', async (_, writing, work) => {
  const before = await retriesSoFar()
  await inDeadlock(writing, work)
  expect(await retriesSoFar()).toBe(before + 1)
})

const read = (text: string) =>
  withClient(server.database.superuserUrl, async (superuser) => (await superuser.query(text)).rows)

test('what was tried again is done once: one try is counted, one entry says who it was about', async () => {
  const tried = inDeadlock({ writes: 'UPDATE ON tenants.till_pin' }, () => approve('8318'))
  await expect(tried).rejects.toMatchObject({ problem: { code: 'wrong_till_pin' } })
  expect(await read('SELECT failures FROM tenants.till_pin WHERE failures > 0')).toEqual([{ failures: 1 }])
  const entries = `SELECT resource_id FROM audit.entry WHERE event = 'tenants.check-till-pin' AND severity = 'warning'`
  expect(await read(entries)).toEqual([{ resource_id: owner.employeeId }])
})

test('a refusal whose entry ran into a deadlock stands in the chain once', async () => {
  const entries = () => read(`SELECT FROM audit.entry WHERE event = 'tenants.create-region' AND severity = 'warning'`)
  const before = await entries()
  await inDeadlock(ofRefusal, forbidden)
  expect(await entries()).toHaveLength(before.length + 1)
})
