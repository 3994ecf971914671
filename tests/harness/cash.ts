import { drawerLine, holdSession } from '../../server/cash/index.ts'
import { holdBooksOpen, postByPurpose } from '../../server/ledger/index.ts'
import type { TenderKind } from '../../server/payments/index.ts'
import { inTransaction, withRetries } from '../../server/platform/database.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { money, toText } from '../../server/platform/money.ts'
import { dayIn, now } from '../../server/platform/time.ts'
import { employ } from './counts.ts'
import { newJournal } from './ledger.ts'
import { sampledTender } from './payment-hints.ts'
import type { TestClient, TestOwner, TestServer } from './server.ts'
import { makeGoods, openTill as openCounter, sell } from './till.ts'

type Place = Pick<TestOwner, 'branchId'> & { client: TestClient }

/** Makes a register of the owner's branch. Answers its id. */
export async function makeRegister({ client, branchId }: Place): Promise<string> {
  const code = crypto.randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase()
  return (await client.call('registers.create-register', { branch_id: branchId, code, name: `Till ${code}` })).id
}

/** Opens a session on a register of its own. */
export async function openTill(owner: Place, client = owner.client, float_amount = '200') {
  return client.call('cash.open-session', { register_id: await makeRegister(owner), float_amount })
}

/** A session that was opened, closed and counted with so much cash. */
export async function countedTill(owner: Place, client = owner.client, counted = '200') {
  const { id, version } = await openTill(owner, client)
  const closed = await client.call('cash.close-session', { id, version })
  return client.call('cash.count-session', { id, version: closed.version, tenders: [{ tender_kind: 'cash', counted }] })
}

/** Books what a sale was paid with, or with amounts below zero what was given back, as sales do. */
export function takeTenders(
  { product }: Pick<TestServer, 'product'>,
  { tenantId }: Pick<TestOwner, 'tenantId'>,
  sessionId: string,
  amounts: Partial<Record<TenderKind, string>>,
): Promise<void> {
  const once = () =>
    inTransaction(product.databases.app, tenantId, async (tx) => {
      const scope = { ...tx, tenantId, now: now() }
      const session = await holdSession(scope, sessionId)
      await holdBooksOpen(scope, [session.entity_id])
      const tenders = Object.entries(amounts) as [TenderKind, string][]
      const sum = tenders.reduce((total, [, amount]) => total.plus(amount), money('0'))
      const lines = [
        ...tenders.map(([kind, amount]) => drawerLine(session, kind, money(amount))),
        { purpose: 'sales', holder: null, amount: sum.negated() },
      ]
      const today = dayIn('UTC', scope.now)
      const journal = {
        ...newJournal({ document_type: sum.isNegative() ? 'refund' : 'sale', document_on: today }),
        effective_on: today,
        entity_id: session.entity_id,
        currency: session.currency,
        lines: lines.map((line) => ({ ...line, amount: toText(line.amount) })),
        by: { newId: uuidv7, changed: () => {} },
      }
      await postByPurpose(scope, [journal])
    })
  return withRetries(once, () => {})
}

/** Values of fields of registers and sessions, and ways to make what an operation on one is about, as `createSampler` takes them. */
export function cashSamples(server: TestServer, owner: TestOwner) {
  const { client, branchId } = owner
  let counter: ReturnType<typeof employ> | undefined
  let manager: ReturnType<typeof employ> | undefined
  let sold: Awaited<ReturnType<typeof sell>> | undefined
  const closed = async () => {
    const { id, version } = await openTill(owner)
    return client.call('cash.close-session', { id, version })
  }
  // Whoever opened or counted it may not explain it.
  const escalated = async () => {
    counter ??= employ(server, owner, 'cashier', { branch_ids: [branchId] })
    return countedTill(owner, (await counter).client, '100')
  }
  const writtenOff = async () => {
    const { id, version } = await escalated()
    return client.call('cash.write-off-variance', { id, version, reason: 'Given up' })
  }
  return {
    hints: {
      register_id: () => makeRegister(owner),
      'registers.create-register code': () => crypto.randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase(),
      float_amount: () => '200',
      'cash.pay-in from': () => 'safe',
      'cash.pay-out to': () => 'other_expenses',
      'cash.fix-transaction from': () => 'cash',
      'cash.fix-transaction to': () => 'card',
      'cash.fix-transaction amount': () => '12',
      'cash.fix-transaction sale_id': () => sold?.id,
      'cash.fix-transaction tender_id': () => sampledTender(owner),
      'cash.fix-transaction authorization_id': async () => {
        const charge = { tender_id: await sampledTender(owner), branch_id: branchId, amount: '12', currency: 'EUR' }
        return (await client.call('payments.authorize', charge)).id
      },
      'cash.list-sessions from': () => '2026-01-01',
      'cash.list-sessions through': () => '2199-12-31',
      'cash.list-sessions late_of': async () => (await openTill(owner)).id,
      tenders: () => [{ tender_kind: 'cash', counted: '200' }],
    },
    makers: {
      'cash.count-session': closed,
      'cash.get-z-report': () => countedTill(owner),
      'cash.print-z-report': () => countedTill(owner),
      'cash.adjust-session': escalated,
      // Its sale is the hint above: what is made here comes first.
      'cash.fix-transaction': async () => {
        manager ??= employ(server, owner, 'manager', { branch_ids: [branchId] })
        const other = (await manager).client
        const till = await openCounter({ branchId, client: other })
        sold = await sell({ branchId, client: other }, till, [{ variant_id: await makeGoods(owner) }])
        const { id, version } = await other.call('cash.close-session', { id: till.session_id, version: 1 })
        const tenders = [{ tender_kind: 'cash' as const, counted: '1000' }]
        return other.call('cash.count-session', { id, version, tenders })
      },
      'cash.write-off-variance': escalated,
      'cash.request-recount': escalated,
      'cash.approve-session': writtenOff,
    },
  }
}
