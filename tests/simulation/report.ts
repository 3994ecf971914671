import type { Crash } from './world.ts'

/** What a simulation did, when nothing went otherwise than the model says. */
export interface Report {
  readonly sent: number
  /** How often what came of what, by `step operation outcome`. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly crashes: Readonly<Record<Crash, number>>
  readonly jumps: number
  /** All of it, for people. */
  readonly text: string
}

/** What each kind of step does when all is well with it, and what many at once got. */
const doneOften = [
  'open cash.open-session',
  ...['pay-in', 'pay-out', 'drop-cash'].map((name) => `moveCash cash.${name}`),
  'close cash.close-session',
  'tally cash.count-session',
  ...['write-off-variance', 'request-recount', 'approve-session'].map((name) => `judge cash.${name}`),
  'sell sales.checkout',
  'refund sales.refund',
  'receive inventory.receive-stock',
  'park tickets.park-ticket',
  ...['take', 'put-back', 'discard'].map((name) => `moveTicket tickets.${name}-ticket`),
  'sellParked sales.checkout',
  'transfer transfers.create-transfer',
  ...['dispatch-transfer', 'receive-transfer', 'cancel-transfer', 'take-back-shortage'].map(
    (name) => `moveTransfer transfers.${name}`,
  ),
  'count counts.create-count',
  'enter counts.enter-lines',
  ...['submit', 'approve', 'cancel'].map((name) => `moveCount counts.${name}-count`),
  'price pricing.create-price',
  ...['tax tax.end-rate', 'tax tax.create-rate', 'seal', 'push sync.push', 'replay', 'burst sales.checkout'],
].map((name) => `${name} done`)
/** What must be refused: a known key with something else under it, and what others of many took first. */
const refusedOften = ['replay of another idempotency_key_reused', 'burst sales.checkout insufficient_stock']
/** Of many at once, few draw these. */
const doneOnce = ['burst sales.refund done', 'burst sales.refund refund_beyond_sold', 'burst cash.pay-out done']

/** What a simulation did less often than it should, of all there is to do. */
export function whatLacks(report: Report, { times }: { times: number }): string[] {
  const counted: (readonly [what: string, least: number, done: number])[] = [
    ...[...doneOften, ...refusedOften].map((name) => [name, times, report.outcomes.get(name) ?? 0] as const),
    ...doneOnce.map((name) => [name, 1, report.outcomes.get(name) ?? 0] as const),
    ['servers killed', 1, report.crashes.server],
    ['connections cut', 1, report.crashes.connections],
    ['jumps of the clocks', times, report.jumps],
  ]
  return counted.flatMap(([what, least, done]) => (done < least ? [`${what}: ${done}, not ${least}`] : []))
}
