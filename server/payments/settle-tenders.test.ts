import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { money, toText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import type { CashRounding } from './cash-rounding.ts'
import { cashDue, type Due, type GivenTender, type KnownTender, settleTenders } from './settle-tenders.ts'

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
    ['more than columns hold', '12 MAD', 'cash 999999999999999, cash 999999999999999', 'amount_out_of_range'],
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

describe('money goes back', () => {
  test.each<[what: string, total: string, given: string, left: Record<string, string>, paid: string]>([
    ['as it came', '-10 MAD', 'card 10', { card: '10' }, 'card -10'],
    ['in parts', '-10 MAD', 'card 4, cash 6', { card: '5', cash: '6' }, 'card -4, cash -6'],
    ['more than is left of a tender', '-10 MAD', 'cash 10', { card: '10' }, 'refund_exceeds_paid'],
    ['more than is left of one, in two', '-10 MAD', 'card 5, card 5', { card: '9', cash: '9' }, 'refund_exceeds_paid'],
    ['of what was never paid', '-10 MAD', 'cash 10', {}, 'refund_differs'],
    ['too little', '-10 MAD', 'card 9', { card: '10' }, 'refund_differs'],
    ['too much', '-10 MAD', 'card 11', { card: '20' }, 'refund_differs'],
    ['too much in cash', '-10 MAD', 'cash 11', { cash: '20' }, 'refund_differs'],
    ['none', '-10 MAD', '', { cash: '10' }, 'refund_differs'],
    ['by what takes no more', '-10 MAD', 'old 10', { old: '10' }, 'old -10'],
    ['by wallet without asking', '-10 MAD', 'wallet 10', { wallet: '10' }, 'authorization_required'],
    ['by wallet', '-10 MAD', 'wallet 10 @r', { wallet: '10' }, 'wallet -10'],
    ['in cash, rounded', '-9.98 CHF', 'cash 10', { cash: '10' }, 'cash -10, rounding -0.02'],
    ['the last part of what was rounded', '-3.33 CHF', 'cash 3.3', { cash: '3.3' }, 'cash -3.3, rounding 0.03'],
    ['the last part, not rounded up', '-3.33 CHF', 'cash 3.35', { cash: '3.3' }, 'refund_differs'],
  ])('%s', (_, total, given, left, paid) => {
    expect(told(dueOf(total, given, { left: new Map(Object.entries(left)) }))).toBe(paid)
  })

  test.each<[what: string, total: string, given: string, left: Record<string, string>, paid: string]>([
    ['by another tender', '-10 MAD', 'cash 10', { card: '10' }, 'cash -10'],
    ['never more than was paid', '-10 MAD', 'cash 10', { card: '6', cash: '3' }, 'refund_differs'],
    ['in coins, never more than was paid', '-9.98 CHF', 'cash 9.95', { card: '9.98' }, 'cash -9.95, rounding 0.03'],
  ])('where it is permitted, %s', (_, total, given, left, paid) => {
    const permitted = { mayRefundOtherwise: true, left: new Map(Object.entries(left)) }
    expect(told(dueOf(total, given, permitted))).toBe(paid)
  })
})

describe('what rounding kept or gave is carried on', () => {
  test.each<[what: string, total: string, given: string, more: Partial<Due>, left: string, paid: string]>([
    ['a crown for half of one', '-0.50 SEK', 'cash 1', {}, '50', 'cash -1, rounding -0.5'],
    ['and nothing for the next', '-0.50 SEK', 'cash 0', { carried: '-0.5' }, '49', 'rounding 0.5'],
    ['which is not a crown', '-0.50 SEK', 'cash 1', { carried: '-0.5' }, '49', 'refund_differs'],
    ['never below nothing', '-0.10 SEK', 'cash 0', { carried: '-0.8' }, '49', 'rounding 0.1'],
    ['all that is left with the last', '-1.03 CHF', 'cash 0.95', { isLast: true }, '0.95', 'cash -0.95, rounding 0.08'],
    [
      'though it is more than it is worth',
      '-1.02 CHF',
      'cash 1.1',
      { isLast: true },
      '1.1',
      'cash -1.1, rounding -0.08',
    ],
  ])('%s', (_, total, given, more, left, paid) => {
    expect(told(dueOf(total, given, { left: new Map([['cash', left]]), ...more }))).toBe(paid)
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

test('however a sale is given back in parts, it comes to what was paid for it, and to no more on the way', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(parts, rounding, (shares, how) => {
      const total = shares.reduce((sum, share) => sum.plus(money(String(share)).dividedBy(100)), money('0'))
      const sale = { given: [{ tender_id: 'cash', amount: cashDue(toText(total), how) }], rounding: how }
      let left = money(settleTenders(dueOf(`${toText(total)} XXX`, '', sale)).due)
      let carried = money('0')
      for (const [at, share] of shares.entries()) {
        const part = toText(money(String(share)).dividedBy(100))
        const isLast = at === shares.length - 1
        const so = { rounding: how, left: new Map([['cash', toText(left)]]), carried: toText(carried), isLast }
        const settled = settleTenders(dueOf(`-${part} XXX`, '', { ...so, given: dueBack(part, so) }))
        left = left.plus(settled.due)
        carried = carried.plus(settled.rounding)
        expect(left.isNegative() && !left.isZero()).toBe(false)
        expect(carried.abs().greaterThan(money(how.step ?? '0'))).toBe(false)
      }
      expect(toText(left)).toBe('0')
    }),
  )
})

/** What is to go back in cash, as the refusal of something else tells it. */
function dueBack(part: string, more: Partial<Due>): GivenTender[] {
  try {
    settleTenders(dueOf(`-${part} XXX`, '', { ...more, given: [{ tender_id: 'cash', amount: '100000' }] }))
  } catch (error) {
    const [amount] = /^[\d.]+/.exec(error instanceof Error ? error.message : '') ?? []
    if (amount !== undefined) return [{ tender_id: 'cash', amount }]
  }
  throw new Error('nothing was said to be due')
}
