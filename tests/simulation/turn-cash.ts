import { write } from './amounts.ts'
import { accountOf, dayAt, type Register, type Role, type Session, type Shop } from './shop.ts'
import type { Steps } from './steps.ts'
import { balanceOf, type Clock, type Posted, pick, pickApt, post, type Turn } from './turn.ts'

/** What the settings of each shop say, in units of its currency. */
export const limits = { threshold: 10n, payOut: 40n } as const

/** Opens a register that is not open yet, or tries to. */
export function* open(shop: Shop, step: Steps['open'], clock: Clock): Generator<Turn> {
  const openedOn = dayAt(shop, clock.now())
  // A drawer that is being reconciled is left to those who do.
  const isFree = ({ session }: Register) => session?.state !== 'pending' && session?.state !== 'escalated'
  const register = pickApt(shop.registers, { number: step.register, isApt: step.isApt }, isFree)
  if (!register) return
  const float = inUnits(shop, step.float)
  const text = write(float, shop.decimals)
  yield {
    ...{ who: 'cashier', operation: 'cash.open-session' },
    input: { register_id: register.id, float_amount: text },
    told: `opens ${register.code} with a float of ${text}`,
    expected:
      register.session?.state === 'open'
        ? { code: 'session_already_open' }
        : {
            answer: { status: 'open' },
            apply(body) {
              register.session = {
                ...{ id: body.id, openedOn, version: body.version, state: 'open', counted: null },
                ...{ paidOut: 0n, lookedAtBy: [], countedBy: [] },
              }
              post(shop, [
                [accountOf('cash', body.id), float],
                [accountOf('safe', branchOf(shop, register)), -float],
              ])
              return `session ${body.number}`
            },
          },
  }
}

function inUnits({ decimals }: Shop, amount: number | bigint): bigint {
  return BigInt(amount) * 10n ** BigInt(decimals)
}

function branchOf(shop: Shop, { branch }: Register): string | null {
  return shop.branches[branch]?.id ?? null
}

/** Puts cash into a drawer, takes it out, or drops it into the safe. */
export function* moveCash(shop: Shop, step: Steps['moveCash']): Generator<Turn> {
  const register = pick(shop.registers, step.register)
  const session = register?.session
  if (!register || !session) return
  const there = balanceOf(shop, 'cash', session.id)
  const usual = inUnits(shop, step.amount)
  const amount = step.wrong === 'more' ? there + 1n : usual
  const text = write(amount, shop.decimals)
  const [purpose, ...given] = purposes[step.kind][step.purpose % 2] ?? ['safe']
  const into = step.kind === 'pay-in' ? amount : -amount
  const counts = step.kind === 'pay-out' && purpose !== 'safe' && step.by === 'cashier'
  const fault = faultOfMove(shop, session, { step, there, amount, counts })
  const words = { 'pay-in': 'pays in', 'pay-out': 'pays out', drop: 'drops' }
  yield {
    ...{ who: step.by, operation: operations[step.kind] },
    input: { id: session.id, amount: text, reason: 'As simulated', ...Object.fromEntries(given) },
    told: `${words[step.kind]} ${text} at ${register.code}, ${step.kind === 'pay-in' ? 'from' : 'for'} ${purpose.replaceAll('_', ' ')}`,
    expected: fault
      ? { code: fault }
      : {
          answer: { amount: plain(text) },
          apply() {
            const holder = purpose === 'safe' ? branchOf(shop, register) : null
            post(shop, [
              [accountOf('cash', session.id), into],
              [accountOf(purpose, holder), -into],
            ])
            if (counts) session.paidOut += amount
            return undefined
          },
        },
  }
}

const operations = { 'pay-in': 'cash.pay-in', 'pay-out': 'cash.pay-out', drop: 'cash.drop-cash' } as const

type Purpose = readonly [purpose: string, ...given: (readonly [field: string, value: string])[]]
const purposes: Readonly<Record<Steps['moveCash']['kind'], readonly Purpose[]>> = {
  'pay-in': [['safe'], ['other_income', ['from', 'other_income']]],
  'pay-out': [['other_expenses'], ['safe', ['to', 'safe']]],
  drop: [['safe'], ['safe']],
}

/** Without zeros at its end. */
function plain(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function faultOfMove(
  shop: Shop,
  session: Session,
  { step, there, amount, counts }: { step: Steps['moveCash']; there: bigint; amount: bigint; counts: boolean },
): string | undefined {
  if (session.state !== 'open') return 'session_not_open'
  if (step.kind !== 'pay-in' && amount > there) return 'drawer_short'
  return counts && session.paidOut + amount > inUnits(shop, limits.payOut) ? 'pay_out_beyond_limit' : undefined
}

/** Ends a session: nothing is sold in it any more. */
export function* close(shop: Shop, step: Steps['close']): Generator<Turn> {
  const { isStale, isApt, by } = step
  const fits = (one: Register) => one.session?.state === 'open' && faultOfDevice(one) === undefined
  const register = pickApt(shop.registers, { number: step.register, isApt }, fits)
  const session = register?.session
  if (!register || !session) return
  const code = session.state === 'open' ? faultOfDevice(register) : 'session_not_open'
  yield {
    ...stepOf(session, { by, operation: 'cash.close-session', isStale }),
    told: `closes ${register.code}${stale(isStale)}`,
    expected: judged(session, { isStale, code, answer: { status: 'pending_reconciliation' }, state: 'pending' }),
  }
}

/** A session with a device ends once that has said that all it sealed is here. */
function faultOfDevice({ device, session }: Register): string | undefined {
  return device && device.ended !== session?.id ? 'certificate_incomplete' : undefined
}

function stale(isStale: boolean): string {
  return isStale ? ' as it was before' : ''
}

function stepOf(
  session: Session,
  { by, operation, isStale, ...more }: { by: Role; operation: string; isStale: boolean; [field: string]: unknown },
) {
  return { who: by, operation, input: { id: session.id, version: session.version + Number(isStale), ...more } }
}

function judged(
  session: Session,
  given: {
    isStale: boolean
    code: string | undefined
    answer: object
    state: Session['state']
    apply?: () => void
  },
): Turn['expected'] {
  if (given.isStale) return { code: 'version_conflict' }
  if (given.code !== undefined) return { code: given.code }
  return {
    answer: given.answer,
    apply(body) {
      given.apply?.()
      session.version = body.version
      session.state = given.state
      return given.state
    },
  }
}

/** Counts what is in a session that was closed: what is there, or so much more or less. */
export function* tally(shop: Shop, step: Steps['tally']): Generator<Turn> {
  const isClosed = (one: Register) => one.session?.state === 'pending'
  const register = pickApt(shop.registers, { number: step.register, isApt: step.isApt }, isClosed)
  const session = register?.session
  if (!register || !session) return
  const expected = expectedIn(shop, session)
  const most = (amount: bigint) => (amount < 0n ? 0n : amount)
  const counted = { cash: most(expected.cash + inUnits(shop, step.off)), card: expected.card }
  const off = counted.cash - expected.cash
  const isLeftOut = step.wrong === 'card'
  const code = faultOfTally(session) ?? (isLeftOut && expected.card !== 0n ? 'tender_not_counted' : undefined)
  const isWithin = abs(off) <= inUnits(shop, limits.threshold) && !session.lookedAtBy.includes(step.by)
  const text = (amount: bigint) => write(amount, shop.decimals)
  const tenders = [
    { tender_kind: 'cash', counted: text(counted.cash) },
    ...(isLeftOut ? [] : [{ tender_kind: 'card', counted: text(counted.card) }]),
  ]
  yield {
    ...stepOf(session, { by: step.by, operation: 'cash.count-session', isStale: false, tenders }),
    told: `counts ${text(counted.cash)} in ${register.code}, where ${text(expected.cash)} should be${isLeftOut ? ', and no cards' : ''}`,
    expected: judged(session, {
      ...{ isStale: false, code, answer: { status: isWithin ? 'closed' : 'pending_reconciliation' } },
      state: isWithin ? 'closed' : 'escalated',
      apply() {
        session.lookedAtBy.push(step.by)
        session.countedBy.push(step.by)
        session.counted = counted
        if (isWithin) settle(shop, register, session)
      },
    }),
  }
}

function abs(amount: bigint): bigint {
  return amount < 0n ? -amount : amount
}

function expectedIn(shop: Shop, { id }: Session) {
  return { cash: balanceOf(shop, 'cash', id), card: balanceOf(shop, 'card_clearing', id) }
}

function faultOfTally({ state }: Session): string | undefined {
  const faults = { open: 'session_still_open', closed: 'session_closed', escalated: 'variance_escalated' }
  return state === 'pending' ? undefined : faults[state]
}

/** Empties the accounts of a session: what was counted goes on, what is over or short goes where that is kept. */
function settle(shop: Shop, register: Register, session: Session): void {
  const expected = expectedIn(shop, session)
  const counted = session.counted ?? expected
  post(shop, [
    [accountOf('cash', session.id), -expected.cash],
    [accountOf('card_clearing', session.id), -expected.card],
    [accountOf('safe', branchOf(shop, register)), counted.cash],
    [accountOf('card_clearing'), counted.card],
    ...differing(counted.cash - expected.cash),
    ...differing(counted.card - expected.card),
  ])
}

function differing(variance: bigint): Posted {
  return [[accountOf(variance < 0n ? 'cash_short' : 'cash_over'), -variance]]
}

/** Judges a session whose count was too far off: gives the difference up, has it counted again, or approves it. */
export function* judge(shop: Shop, step: Steps['judge']): Generator<Turn> {
  const { isStale, isApt, by, verdict } = step
  const fits = (one: Register) => one.session !== null && faultOfVerdict(shop, one.session, verdict) === undefined
  const register = pickApt(shop.registers, { number: step.register, isApt }, fits)
  const session = register?.session
  if (!register || !session) return
  const counted = session.counted ?? expectedIn(shop, session)
  const operation = { write: 'cash.write-off-variance', again: 'cash.request-recount', approve: 'cash.approve-session' }
  const words = { write: 'writes off what is missing or over', again: 'wants it counted again', approve: 'approves it' }
  yield {
    ...stepOf(session, {
      ...{ by, operation: operation[verdict], isStale },
      ...(verdict !== 'approve' && { reason: 'As simulated' }),
    }),
    told: `${words[verdict]} in ${register.code}${stale(isStale)}`,
    expected:
      by === 'cashier'
        ? { code: 'forbidden' }
        : judged(session, {
            isStale,
            code: faultOfVerdict(shop, session, verdict),
            answer: { status: verdict === 'approve' ? 'closed' : 'pending_reconciliation' },
            state: ({ write: 'escalated', again: 'pending', approve: 'closed' } as const)[verdict],
            apply() {
              if (verdict === 'write') writeOff(shop, session, counted)
              if (verdict === 'approve') settle(shop, register, session)
              if (verdict === 'again') session.lookedAtBy.push(by)
            },
          }),
  }
}

function writeOff(shop: Shop, session: Session, counted: { cash: bigint; card: bigint }): void {
  const expected = expectedIn(shop, session)
  post(shop, [
    [accountOf('cash', session.id), counted.cash - expected.cash],
    [accountOf('card_clearing', session.id), counted.card - expected.card],
    ...differing(counted.cash - expected.cash),
    ...differing(counted.card - expected.card),
  ])
}

function faultOfVerdict(shop: Shop, session: Session, verdict: Steps['judge']['verdict']): string | undefined {
  const { state, countedBy } = session
  if (state === 'open') return 'session_still_open'
  if (state === 'closed') return 'session_closed'
  if (state === 'pending') return 'session_not_counted'
  if (countedBy.includes('manager')) return 'variance_own'
  const expected = expectedIn(shop, session)
  const counted = session.counted ?? expected
  const off = abs(counted.cash - expected.cash) + abs(counted.card - expected.card)
  if (verdict === 'write' && off === 0n) return 'variance_none'
  return verdict === 'approve' && off > inUnits(shop, limits.threshold) ? 'variance_left' : undefined
}
