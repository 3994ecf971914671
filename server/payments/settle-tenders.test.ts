import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { money, toText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import type { CashRounding } from './cash-rounding.ts'
import {
  cashDue,
  cashToGiveBack,
  type Due,
  type GivenTender,
  type KnownTender,
  settleTenders,
} from './settle-tenders.ts'

const tenderOf = (id: string, more: Partial<KnownTender> = {}): KnownTender => ({
  id,
  kind: 'card',
  provider: null,
  needs_reference: false,
  is_active: true,
  ...more,
})
const tenders = new Map(
  [
    tenderOf('cash', { kind: 'cash' }),
    tenderOf('till2', { kind: 'cash' }),
    tenderOf('card'),
    tenderOf('cheque', { kind: 'other', needs_reference: true }),
    tenderOf('wallet', { kind: 'mobile_wallet', provider: 'simulator' }),
    tenderOf('old', { is_active: false }),
  ].map((one) => [one.id, one]),
)
const currencies: Record<string, { minor_unit: number; rounding: CashRounding }> = {
  MAD: { minor_unit: 2, rounding: { step: null, mode: 'half_up' } },
  CHF: { minor_unit: 2, rounding: { step: '0.05', mode: 'half_up' } },
  SEK: { minor_unit: 2, rounding: { step: '1', mode: 'half_up' } },
  NZD: { minor_unit: 2, rounding: { step: '0.1', mode: 'down' } },
  HUF: { minor_unit: 2, rounding: { step: '5', mode: 'half_up' } },
  UYU: { minor_unit: 2, rounding: { step: '1', mode: 'up' } },
  XTS: { minor_unit: 2, rounding: { step: '0.05', mode: 'half_even' } },
  JPY: { minor_unit: 0, rounding: { step: null, mode: 'half_up' } },
}

/** `card 10, cash 5 EUR #12 @a`: tender, amount, and perhaps a currency, a reference and an authorization. */
function givenOf(text: string): GivenTender[] {
  return text === ''
    ? []
    : text.split(', ').map((part) => {
        const [tender_id = '', amount = '', ...more] = part.split(' ')
        const find = (mark: RegExp) => more.find((one) => mark.test(one))
        return {
          tender_id,
          amount,
          currency: find(/^[A-Z]{3}$/),
          reference: find(/^#/),
          authorization_id: find(/^@/),
        }
      })
}

function dueOf(total: string, given: string, more: Partial<Due> = {}): Due {
  const [amount = '', code = ''] = total.split(' ')
  const { minor_unit = 2, rounding = { step: null, mode: 'half_up' } } = currencies[code] ?? {}
  return { total: amount, currency: { code, minor_unit }, rounding, given: givenOf(given), tenders, ...more }
}

/** What is left of a sale: what was paid with each tender, and what it is worth where that is something else. */
function originOf(paid: Record<string, string>, { total, rounded = '0' }: { total?: string; rounded?: string } = {}) {
  const sum = Object.values(paid).reduce((all, one) => all.plus(one), money('0'))
  return { paid: new Map(Object.entries(paid)), total: total ?? toText(sum), rounded }
}

/** `card 10, cash 20, change 5`, and what rounding added; or the code of the refusal. */
function told(due: Due): string {
  try {
    const { payments, rounding } = settleTenders(due)
    const rows = payments.map(({ kind, tender_id, amount }) => `${kind === 'change' ? 'change' : tender_id} ${amount}`)
    return [...rows, ...(rounding === '0' ? [] : [`rounding ${rounding}`])].join(', ')
  } catch (error) {
    if (error instanceof Refusal) return error.kind.code
    throw error
  }
}

describe('a sale is paid', () => {
  test.each<[what: string, total: string, given: string, paid: string]>([
    ['in cash', '12.50 MAD', 'cash 12.5', 'cash 12.5'],
    ['with change', '12.50 MAD', 'cash 20', 'cash 20, change -7.5'],
    ['by card', '12.50 MAD', 'card 12.50', 'card 12.5'],
    ['by several tenders', '30 MAD', 'card 10, cheque 15 #7, cash 10', 'card 10, cheque 15, cash 10, change -5'],
    ['by the same one twice', '30 MAD', 'card 10, card 20', 'card 10, card 20'],
    ['with change of the last cash', '30 MAD', 'cash 20, till2 20', 'cash 20, till2 20, change -10'],
    ['with nothing when it costs nothing', '0 MAD', '', ''],
    ['too little', '12.50 MAD', 'cash 12', 'payment_short'],
    ['too little by card', '12.50 MAD', 'card 12', 'payment_short'],
    ['with nothing', '12.50 MAD', '', 'payment_short'],
    ['too much by card', '12.50 MAD', 'card 13', 'payment_over'],
    ['too much by card, beside cash', '12.50 MAD', 'card 13, cash 5', 'payment_over'],
    ['too much by cheque', '12.50 MAD', 'cheque 20 #1', 'payment_over'],
    ['with cash that nothing is left for', '12.50 MAD', 'card 12.50, cash 5', 'payment_not_due'],
    ['with cash when it costs nothing', '0 MAD', 'cash 5', 'payment_not_due'],
    ['by card with nothing', '0 MAD', 'card 0', 'payment_not_due'],
    ['in another currency', '12.50 MAD', 'cash 12.5 EUR', 'currency_mismatch'],
    ['in its currency, said', '12.50 MAD', 'cash 12.5 MAD', 'cash 12.5'],
    ['with parts of a centime', '12.50 MAD', 'card 12.505', 'amount_too_precise'],
    ['with decimals that the currency has not', '100 JPY', 'cash 100.5', 'amount_too_precise'],
    ['by what there is not', '12.50 MAD', 'pearls 12.5', 'tender_not_found'],
    ['by what takes no more', '12.50 MAD', 'old 12.5', 'tender_inactive'],
    ['by cheque without a number', '12.50 MAD', 'cheque 12.5', 'reference_required'],
    ['by wallet without asking', '12.50 MAD', 'wallet 12.5', 'authorization_required'],
    ['by wallet', '12.50 MAD', 'wallet 12.5 @a', 'wallet 12.5'],
  ])('%s', (_, total, given, paid) => {
    expect(told(dueOf(total, given))).toBe(paid)
  })
})

describe('cash is rounded', () => {
  test.each<[what: string, total: string, given: string, paid: string]>([
    ['down', '9.97 CHF', 'cash 9.95', 'cash 9.95, rounding -0.02'],
    ['up', '9.98 CHF', 'cash 10', 'cash 10, rounding 0.02'],
    ['a half up', '9.975 CHF', 'cash 10', 'cash 10, rounding 0.025'],
    ['to whole crowns', '12.50 SEK', 'cash 20', 'cash 20, change -7, rounding 0.5'],
    ['to the nearest five', '1232 HUF', 'cash 1230', 'cash 1230, rounding -2'],
    ['always down where it is so set', '9.99 NZD', 'cash 10', 'cash 10, change -0.1, rounding -0.09'],
    ['what is left after the card', '10.03 CHF', 'card 5.01, cash 5', 'card 5.01, cash 5, rounding -0.02'],
    ['not what is paid by card', '9.98 CHF', 'card 9.98', 'card 9.98'],
    ['not where there are small coins', '9.98 MAD', 'cash 9.98', 'cash 9.98'],
    ['to nothing', '0.02 CHF', 'cash 0', 'rounding -0.02'],
    ['to nothing, which is due only to cash', '0.02 CHF', '', 'payment_short'],
    ['not to coins that there are not', '9.98 CHF', 'cash 9.98', 'no_such_coins'],
    ['and too little is too little', '9.98 CHF', 'cash 9.95', 'payment_short'],
  ])('%s', (_, total, given, paid) => {
    expect(told(dueOf(total, given))).toBe(paid)
  })
})

test('what no amount of the database holds is refused', () => {
  const most = '999999999999999'
  expect(told(dueOf('12 MAD', `cash ${most}`))).toBe(`cash ${most}, change -999999999999987`)
  expect(told(dueOf('12 MAD', `cash ${most}, cash ${most}`))).toBe('amount_out_of_range')
})

test('cash is not rounded to what is no amount of the currency', () => {
  const step = (step: string) => ({ rounding: { step, mode: 'half_up' } }) as const
  expect(told(dueOf('10 MAD', 'cash 10', step('0.003')))).toBe('cash_step_invalid')
  expect(told(dueOf('10 MAD', 'card 10', step('0.003')))).toBe('card 10')
  expect(told(dueOf('-10 MAD', 'cash 10', { ...step('0.003'), origin: originOf({ cash: '10' }) }))).toBe(
    'cash_step_invalid',
  )
  // A step that the smallest coin is a multiple of rounds nothing.
  expect(told(dueOf('10 JPY', 'cash 10', step('0.05')))).toBe('cash 10')
})

describe('money goes back', () => {
  test.each<[what: string, total: string, given: string, left: Record<string, string>, paid: string]>([
    ['as it came', '-10 MAD', 'card 10', { card: '10' }, 'card -10'],
    ['in parts', '-10 MAD', 'card 4, cash 6', { card: '5', cash: '6' }, 'card -4, cash -6'],
    ['more than is left of a tender', '-10 MAD', 'cash 10', { card: '10' }, 'refund_exceeds_paid'],
    ['more than is left of one, in two', '-10 MAD', 'card 5, card 5', { card: '9', cash: '9' }, 'refund_exceeds_paid'],
    ['of what was never paid', '-10 MAD', 'cash 10', {}, 'refund_exceeds_paid'],
    ['too little', '-10 MAD', 'card 9', { card: '10' }, 'refund_differs'],
    ['too much', '-10 MAD', 'card 11', { card: '20' }, 'refund_differs'],
    ['too much in cash', '-10 MAD', 'cash 11', { cash: '20' }, 'refund_differs'],
    ['none', '-10 MAD', '', { cash: '10' }, 'refund_differs'],
    ['by what takes no more', '-10 MAD', 'old 10', { old: '10' }, 'old -10'],
    ['by wallet without asking', '-10 MAD', 'wallet 10', { wallet: '10' }, 'authorization_required'],
    ['by wallet', '-10 MAD', 'wallet 10 @r', { wallet: '10' }, 'wallet -10'],
    ['in cash, rounded', '-9.98 CHF', 'cash 10', { cash: '10' }, 'cash -10, rounding -0.02'],
  ])('%s', (_, total, given, left, paid) => {
    expect(told(dueOf(total, given, { origin: originOf(left) }))).toBe(paid)
  })

  const worth = (total: string, paid: Record<string, string>, rounded = '0') => originOf(paid, { total, rounded })
  test.each<[what: string, total: string, given: string, origin: ReturnType<typeof originOf>, paid: string]>([
    ['all of it', '-3.33 CHF', 'cash 3.3', worth('3.33', { cash: '3.3' }), 'cash -3.3, rounding 0.03'],
    ['no more than that', '-3.33 CHF', 'cash 3.35', worth('3.33', { cash: '3.3' }), 'refund_differs'],
    ['a part', '-1.03 CHF', 'cash 1.05', worth('5.15', { cash: '5.15' }), 'cash -1.05, rounding -0.02'],
    ['the next', '-1.03 CHF', 'cash 1', worth('4.12', { cash: '4.1' }, '-0.02'), 'cash -1, rounding 0.03'],
    ['a half, and nothing', '-0.5 SEK', 'cash 0', worth('49.5', { cash: '49' }, '-0.5'), 'rounding 0.5'],
    ['the last, a step off', '-1.03 CHF', 'cash 0.95', worth('1.03', { cash: '0.95' }), 'cash -0.95, rounding 0.08'],
    ['the last, paid too little', '-10 MAD', 'cash 7', worth('10', { cash: '7' }), 'cash -7, rounding 3'],
    ['a part, paid too little', '-5 MAD', 'cash 5', worth('10', { cash: '7' }), 'cash -5'],
    [
      'the cash beside a card',
      '-3.03 CHF',
      'cash 3.05',
      worth('8.03', { card: '5', cash: '3.05' }),
      'cash -3.05, rounding -0.02',
    ],
    ['and not that of the card', '-5 CHF', 'cash 3.05', worth('8.03', { card: '5', cash: '3.05' }), 'refund_differs'],
    ['nor more', '-5 CHF', 'cash 5', worth('8.03', { card: '5', cash: '3.05' }), 'refund_exceeds_paid'],
    [
      'what went by card otherwise',
      '-5 CHF',
      'card 4.98, cash 0',
      worth('5', { card: '10.03', cash: '-5.05' }),
      'card -4.98, rounding 0.02',
    ],
  ])('rounded with what went back before: %s', (_, total, given, origin, paid) => {
    expect(told(dueOf(total, given, { origin }))).toBe(paid)
  })

  test.each<[what: string, total: string, given: string, left: Record<string, string>, paid: string]>([
    ['by another tender', '-10 MAD', 'cash 10', { card: '10' }, 'cash -10'],
    ['never more than was paid', '-10 MAD', 'cash 10', { card: '6', cash: '3' }, 'refund_exceeds_paid'],
    ['in coins, never more than was paid', '-9.98 CHF', 'cash 9.95', { card: '9.98' }, 'cash -9.95, rounding 0.03'],
  ])('where it is permitted, %s', (_, total, given, left, paid) => {
    const permitted = { mayRefundOtherwise: true, origin: originOf(left) }
    expect(told(dueOf(total, given, permitted))).toBe(paid)
  })
})

describe('what happened already is taken as it is', () => {
  test.each<[what: string, total: string, given: string, rounding: string, paid: string]>([
    ['by what takes no more', '10 MAD', 'old 10', '0', 'old 10'],
    ['without a reference', '10 MAD', 'cheque 10', '0', 'cheque 10'],
    ['without asking the provider', '10 MAD', 'wallet 10', '0', 'wallet 10'],
    ['rounded as it was then', '9.98 MAD', 'cash 10', '0.02', 'cash 10, rounding 0.02'],
    ['given back, whatever is left', '-10 MAD', 'cash 10', '0', 'cash -10'],
    ['given back, rounded as it was then', '-9.98 MAD', 'cash 10', '-0.02', 'cash -10, rounding -0.02'],
    ['with change of what was paid by card', '10 MAD', 'card 11', '0', 'card 11, change -1'],
    ['but what does not add up does not', '10 MAD', 'cash 9', '0', 'payment_short'],
    ['nor too much back', '-10 MAD', 'cash 11', '0', 'refund_differs'],
  ])('%s', (_, total, given, rounding, paid) => {
    expect(told(dueOf(total, given, { asHappened: { rounding } }))).toBe(paid)
  })
})

const cents = (max: number) => fc.integer({ min: 0, max }).map((units) => money(String(units)).dividedBy(100))
const rounding = fc.constantFrom(...Object.values(currencies).map((one) => one.rounding))

test('what is paid comes to just what is due, change is cash and cash is payable', () => {
  fc.assert(
    fc.property(cents(100_000), cents(50_000), fc.integer({ min: 0, max: 40 }), rounding, (total, card, more, how) => {
      const byCard = card.greaterThan(total) ? money('0') : card
      const step = money(how.step ?? '0.01')
      const cash = total.minus(byCard).dividedBy(step).ceil().plus(more).times(step)
      const given = [
        ...(byCard.isZero() ? [] : [{ tender_id: 'card', amount: toText(byCard) }]),
        { tender_id: 'cash', amount: toText(cash) },
      ]
      const due = dueOf(`${toText(total)} XXX`, '', { given, rounding: how })
      try {
        const settled = settleTenders(due)
        const sum = settled.payments.reduce((all, { amount }) => all.plus(amount), money('0'))
        expect(toText(sum)).toBe(settled.due)
        expect(toText(total.plus(settled.rounding))).toBe(settled.due)
        expect(money(settled.paid).minus(settled.change).equals(settled.due)).toBe(true)
        expect(money(settled.rounding).abs().lessThan(step)).toBe(true)
        expect(money(settled.change).modulo(step).isZero()).toBe(true)
        expect(settled.payments.every(({ kind, tender_id }) => kind === 'payment' || tender_id === 'cash')).toBe(true)
      } catch (error) {
        // Cash that nothing is left for, as when the card paid all of it, or rounding left nothing.
        expect(error instanceof Refusal ? error.kind.code : error).toBe('payment_not_due')
      }
    }),
  )
})

/** What is due back in cash for so much of a sale of which that is left: the refusal of any other amount says it. */
function cashBack(part: string, how: CashRounding, origin: ReturnType<typeof originOf>): string {
  const due = dueOf(`-${part} XXX`, 'cash 0', { rounding: how, origin })
  const told = cashToGiveBack({ ...due, given: [] })
  try {
    settleTenders(due)
    expect(told).toBe('0')
    return '0'
  } catch (error) {
    const [amount = ''] = /^[\d.]+(?= is to be given back in cash)/.exec((error as Error).message) ?? []
    expect(told).toBe(amount)
    const settled = settleTenders({ ...due, given: [{ tender_id: 'cash', amount }] })
    expect(settled.payments.map((payment) => payment.amount)).toEqual([`-${amount}`])
    expect(toText(money(part).negated().plus(settled.rounding))).toBe(settled.due)
    return amount
  }
}

test('given back in any parts, a sale gives back just what was paid in cash, and never half a coin too much on the way', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(parts, cents(1_000), rounding, (shares, card, how) => {
      const prices = shares.map((share) => money(String(share)).dividedBy(100))
      const total = prices.reduce((sum, price) => sum.plus(price), card)
      const cash = cashDue(toText(total.minus(card)), how)
      const given = [
        ...(card.isZero() ? [] : [{ tender_id: 'card', amount: toText(card) }]),
        { tender_id: 'cash', amount: cash },
      ]
      const sale = settleTenders(dueOf(`${toText(total)} XXX`, '', { given, rounding: how }))
      const half = money(how.step ?? '0').dividedBy(2)
      let worth = total
      let left = money(sale.due).minus(card)
      let rounded = money('0')
      for (const [at, price] of prices.entries()) {
        const paid = { ...(card.isZero() ? {} : { card: toText(card) }), cash: toText(left) }
        const back = cashBack(toText(price), how, {
          paid: new Map(Object.entries(paid)),
          total: toText(worth),
          rounded: toText(rounded),
        })
        worth = worth.minus(price)
        left = left.minus(back)
        rounded = rounded.plus(price).minus(back)
        expect(left.isNegative() && !left.isZero()).toBe(false)
        if (at < prices.length - 1) expect(rounded.plus(half).isNegative() && !rounded.plus(half).isZero()).toBe(false)
      }
      expect(toText(left)).toBe('0')
    }),
    { numRuns: 300 },
  )
})
