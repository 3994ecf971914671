import { afterAll, beforeAll, expect, test } from 'vitest'
import { hold, paidFor, record, tendersOfOwner } from '../../tests/harness/payments.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import {
  authorizationDiffers,
  authorizationNotApproved,
  authorizationNotFound,
  authorizationUsed,
  cashRoundingOf,
  currencyMismatch,
  givenTenders,
  leftOf,
  type PaidDocument,
  type Settled,
  settleTenders,
  tenderRefusals,
} from './index.ts'

let server: TestServer
let owner: TestOwner
let tenders: Record<string, string>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tenders = await tendersOfOwner(owner)
})
afterAll(() => server?.close())

const currency = { code: 'CHF', minor_unit: 2 }
const usual = { set: null, mode: 'half_up', usual: '0.0500' } as const

/** Holds, judges and records what a document is paid with, as a sale does. */
async function settle(
  total: string,
  given: readonly [tender: string, amount: string][],
  origin?: { document: PaidDocument; total: string; rounded: string },
): Promise<{ document: PaidDocument; settled: Settled }> {
  const held = await hold(server, owner.tenantId, { documents: origin ? [origin.document.document_id] : [] })
  const settled = settleTenders({
    total,
    currency,
    rounding: cashRoundingOf(usual),
    given: givenTenders.parse(given.map(([tender, amount]) => ({ tender_id: tenders[tender], amount }))),
    tenders: new Map(held.tenders.map((one) => [one.id, one])),
    ...(origin ? { origin: { ...origin, paid: leftOf(held, origin.document.document_id) } } : {}),
  })
  const payments = settled.payments.map((one) => ({ id: uuidv7(), ...one }))
  const of = origin ? { origin_id: origin.document.document_id } : {}
  const document = paidFor(owner, payments, { currency: currency.code, ...of })
  const [answer] = await record(server, owner.tenantId, [document])
  expect(answer?.code).toBe(null)
  return { document, settled }
}

test('what is judged is recorded as it was judged, and given back in parts until nothing is left', async () => {
  const { document, settled } = await settle('29.98', [
    ['card', '10'],
    ['cash', '50'],
  ])
  expect(settled).toMatchObject({ rounding: '0.02', due: '30', paid: '60', change: '30' })
  const left = (total: string, rounded: string) => ({ document, total, rounded })
  await settle('-10', [['card', '10']], left('29.98', '0'))
  await settle('-6.66', [['cash', '6.65']], left('19.98', '0'))
  await settle('-6.66', [['cash', '6.65']], left('13.32', '0.01'))
  await settle('-6.66', [['cash', '6.7']], left('6.66', '0.02'))
  const held = await hold(server, owner.tenantId, { documents: [document.document_id] })
  expect(leftOf(held, document.document_id)).toEqual(
    new Map([
      [tenders.card, '0.0000'],
      [tenders.cash, '0.0000'],
    ]),
  )
  await expect(settle('-1', [['cash', '1']], left('0', '0'))).rejects.toThrow(Refusal)
})

test('a step that is set stands for the usual one, and 0 for none', () => {
  expect(cashRoundingOf(usual)).toEqual({ step: '0.05', mode: 'half_up' })
  expect(cashRoundingOf({ ...usual, set: '0.10' })).toEqual({ step: '0.1', mode: 'half_up' })
  expect(cashRoundingOf({ ...usual, set: '0' })).toEqual({ step: null, mode: 'half_up' })
  expect(cashRoundingOf({ ...usual, usual: null })).toEqual({ step: null, mode: 'half_up' })
})

test('whatever tenders are refused with has a code of its own', () => {
  const known = [currencyMismatch, authorizationDiffers, authorizationNotApproved, authorizationNotFound]
  expect(tenderRefusals).toEqual(expect.arrayContaining([...known, authorizationUsed]))
  expect(new Set(tenderRefusals.map(({ code }) => code)).size).toBe(tenderRefusals.length)
})
