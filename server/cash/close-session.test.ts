import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTill } from '../../tests/harness/cash.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { CommandContext } from '../platform/operation.ts'
import { now } from '../platform/time.ts'
import { type Certificate, closeSession } from './close-session.ts'
import { permissions } from './contract.ts'
import { findSession } from './index.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
}, 60_000)
afterAll(() => server?.close())

const missing: Certificate = { isComplete: false, gaps: ['R1-000007 to R1-000009'], offlineTransactions: 4 }

/** Closes a session of the owner's by this certificate, as somebody with these permissions. */
function closeWith(
  certificate: Certificate,
  session: { id: string; version: number },
  { override_reason, held = ['*'] }: { override_reason?: string; held?: string[] } = {},
) {
  return inTransaction(server.product.databases.app, owner.tenantId, (tx) => {
    const caller = { employeeId: owner.employeeId, permissions: new Set(held), scope: null }
    const context = { ...tx, tenantId: owner.tenantId, now: now(), caller, newId: uuidv7, changed: () => {} }
    const input = { ...session, override_reason }
    return closeSession(context as unknown as CommandContext, async () => certificate, input)
  })
}

const statusOf = async (id: string) =>
  inTransaction(
    server.product.databases.app,
    owner.tenantId,
    async (tx) => (await findSession({ ...tx, tenantId: owner.tenantId }, id))?.status,
  )

test('a session does not close while sales are on their way, and the refusal names what is missing', async () => {
  const session = await openTill(owner)
  await expect(closeWith(missing, session)).rejects.toMatchObject({
    kind: { code: 'certificate_incomplete' },
    message: 'Missing: R1-000007 to R1-000009',
  })
  expect(await statusOf(session.id)).toBe('open')
})

test('it closes all the same for a reason of somebody who may give it, and both stay', async () => {
  const session = await openTill(owner)
  const override_reason = 'The device fell into the sea'
  const held = [permissions.countSession]
  await expect(closeWith(missing, session, { override_reason, held })).rejects.toMatchObject({
    kind: { code: 'forbidden' },
  })
  const closed = await closeWith(missing, session, {
    override_reason,
    held: [...held, permissions.overrideCertificate],
  })
  expect(closed).toMatchObject({ status: 'pending_reconciliation', offline_transaction_count: 4 })
  expect(closed.steps.at(-1)).toMatchObject({
    action: 'close',
    reason: override_reason,
    detail: { certificate: 'overridden', gaps: missing.gaps },
  })
})

test('a complete certificate needs no reason, and none is kept', async () => {
  const complete = { isComplete: true, gaps: [], offlineTransactions: 12 }
  const closed = await closeWith(complete, await openTill(owner), { override_reason: 'Not needed' })
  expect(closed).toMatchObject({ offline_transaction_count: 12 })
  expect(closed.steps.at(-1)).toMatchObject({ reason: null, detail: { certificate: 'complete', gaps: [] } })
})
