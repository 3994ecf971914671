import fc from 'fast-check'
import { expect, test } from 'vitest'
import { money } from '../platform/money.ts'
import { type Quote, resolveRate } from './resolve-rate.ts'

/** `EUR/USD 1.25 2026-03-05`, a tenant's own with `own` behind it. */
function readQuote(text: string): Quote {
  const [pair = '', rate = '', quoted_on = '', kind] = text.split(' ')
  const [base = '', quote = ''] = pair.split('/')
  return { base, quote, rate, quoted_on, source: kind ?? 'ecb', origin: kind === 'own' ? 'own' : 'public' }
}

// what is quoted | the question | the rate, its day and the path, or the fault; the day asked for is 2026-03-09, a Monday
const cases: [what: string, quotes: string, pair: string, answer: string][] = [
  ['one currency', '', 'MAD MAD', '1 of 2026-03-09 by nothing'],
  ['a quote', 'EUR/USD 1.25 2026-03-06', 'EUR USD', '1.25 of 2026-03-06 by EUR/USD'],
  ['its inverse', 'EUR/USD 1.25 2026-03-06', 'USD EUR', '0.8 of 2026-03-06 by USD/EUR'],
  ['a cross', 'EUR/USD 1.25 2026-03-06, EUR/GBP 0.8 2026-03-06', 'USD GBP', '0.64 of 2026-03-06 by USD/EUR EUR/GBP'],
  [
    'a cross, as old as its older quote',
    'EUR/USD 1.25 2026-03-06, EUR/MAD 10 2026-03-05 own',
    'USD MAD',
    '8 of 2026-03-05 by USD/EUR EUR/MAD',
  ],
  [
    'a quote of the tenant before a public one',
    'EUR/USD 1.25 2026-03-06, EUR/USD 1.2 2026-03-04 own',
    'EUR USD',
    '1.2 of 2026-03-04 by EUR/USD',
  ],
  [
    'its inverse before a public direct one',
    'EUR/USD 1.25 2026-03-06, USD/EUR 0.5 2026-03-04 own',
    'EUR USD',
    '2 of 2026-03-04 by EUR/USD',
  ],
  [
    'a public one where the tenant’s is too old',
    'EUR/USD 1.25 2026-03-06, EUR/USD 1.2 2026-03-01 own',
    'EUR USD',
    '1.25 of 2026-03-06 by EUR/USD',
  ],
  [
    'a direct quote before the tenant’s way round',
    'EUR/USD 1.25 2026-03-06, EUR/MAD 10 2026-03-06 own, USD/MAD 5 2026-03-06 own',
    'EUR USD',
    '1.25 of 2026-03-06 by EUR/USD',
  ],
  [
    'the way with more of the tenant’s quotes',
    'EUR/USD 1.25 2026-03-06, EUR/GBP 0.8 2026-03-06, MAD/USD 0.1 2026-03-06 own, MAD/GBP 0.05 2026-03-06 own',
    'USD GBP',
    '0.5 of 2026-03-06 by USD/MAD MAD/GBP',
  ],
  [
    'the newer way',
    'EUR/USD 1.25 2026-03-06, EUR/GBP 0.8 2026-03-05, CHF/USD 1 2026-03-06, CHF/GBP 0.9 2026-03-06',
    'USD GBP',
    '0.9 of 2026-03-06 by USD/CHF CHF/GBP',
  ],
  [
    'the first by the alphabet of ways alike',
    'EUR/USD 1 2026-03-06, EUR/GBP 2 2026-03-06, CHF/USD 1 2026-03-06, CHF/GBP 3 2026-03-06',
    'USD GBP',
    '3 of 2026-03-06 by USD/CHF CHF/GBP',
  ],
  [
    'the first by the alphabet of whole ways alike, though the other one begins newer',
    'AED/BHD 2 2026-03-05, BHD/USD 2 2026-03-05, AED/CHF 1 2026-03-06, CHF/USD 1 2026-03-06, USD/ZAR 3 2026-03-02',
    'AED ZAR',
    '12 of 2026-03-02 by AED/BHD BHD/USD USD/ZAR',
  ],
  [
    'a way there',
    'USD/CHF 0.9 2026-03-09, CHF/GBP 0.9 2026-03-09, GBP/AED 5 2026-03-09, AED/USD 0.5 2026-03-09',
    'GBP USD',
    '2.5 of 2026-03-09 by GBP/AED AED/USD',
  ],
  [
    'and the same way back',
    'USD/CHF 0.9 2026-03-09, CHF/GBP 0.9 2026-03-09, GBP/AED 5 2026-03-09, AED/USD 0.5 2026-03-09',
    'USD GBP',
    '0.4 of 2026-03-09 by USD/AED AED/GBP',
  ],
  [
    'a rate whose inverse is one beyond all measure',
    'AED/EUR 1000000 2026-03-06, EUR/USD 999999999999 2026-03-06, USD/ZAR 1.1 2026-03-06',
    'ZAR AED',
    'out_of_range',
  ],
  [
    'three quotes in a row',
    'USD/MAD 10 2026-03-06 own, EUR/USD 1.25 2026-03-06, EUR/GBP 0.8 2026-03-06',
    'MAD GBP',
    '0.064 of 2026-03-06 by MAD/USD USD/EUR EUR/GBP',
  ],
  [
    'no four',
    'AED/BHD 1 2026-03-06, BHD/CAD 1 2026-03-06, CAD/DKK 1 2026-03-06, DKK/EUR 1 2026-03-06',
    'AED EUR',
    'not_found',
  ],
  ['nothing', 'EUR/USD 1.25 2026-03-06', 'EUR MAD', 'not_found'],
  ['a quote as old as may be', 'EUR/USD 1.25 2026-03-02', 'EUR USD', '1.25 of 2026-03-02 by EUR/USD'],
  ['one a day older', 'EUR/USD 1.25 2026-03-01', 'EUR USD', 'too_old 2026-03-01'],
  [
    'one that nothing is left of',
    'AED/EUR 0.000000000001 2026-03-06, EUR/USD 0.000000000001 2026-03-06',
    'AED USD',
    'out_of_range',
  ],
  [
    'one beyond all measure',
    'AED/EUR 999999999999 2026-03-06, EUR/USD 999999999999 2026-03-06',
    'AED USD',
    'out_of_range',
  ],
]

test.each(cases)('%s', (_, quotes, pair, answer) => {
  const [from = '', to = ''] = pair.split(' ')
  const question = { from, to, on: '2026-03-09', maxAgeDays: 7 }
  const found = resolveRate(quotes === '' ? [] : quotes.split(', ').map(readQuote), question)
  const text =
    'fault' in found
      ? `${found.fault}${'quoted_on' in found ? ` ${found.quoted_on}` : ''}`
      : `${found.rate} of ${found.quoted_on} by ${found.path.map(({ base, quote, inverse }) => (inverse ? `${quote}/${base}` : `${base}/${quote}`)).join(' ') || 'nothing'}`
  expect(text).toBe(answer)
})

test('what leads there and what leads back are inverse, over any quotes and any number of them', () => {
  const codes = ['AED', 'BHD', 'EUR', 'MAD', 'USD', 'XOF']
  const quote = fc.record({
    pair: fc.shuffledSubarray(codes, { minLength: 2, maxLength: 2 }),
    rate: fc.integer({ min: 1, max: 99_999_999 }).map((millionths) => money(`${millionths}e-6`).toFixed()),
    day: fc.constantFrom('2026-03-04', '2026-03-05', '2026-03-06'),
    own: fc.boolean(),
  })
  // Pairs twice as well, both ways round: no set of quotes makes the two rates disagree.
  fc.assert(
    fc.property(fc.array(quote, { maxLength: 12 }), (made) => {
      const quotes = made.map(({ pair: [base = '', of = ''], rate, day, own }) =>
        readQuote(`${base}/${of} ${rate} ${day}${own ? ' own' : ''}`),
      )
      const ask = (from: string, to: string) => resolveRate(quotes, { from, to, on: '2026-03-06', maxAgeDays: 1 })
      for (const from of codes) {
        for (const to of codes) {
          const [there, back] = [ask(from, to), ask(to, from)]
          if ('fault' in there || 'fault' in back) {
            expect(there).toEqual(back)
            continue
          }
          expect(there.path.map(({ inverse, ...leg }) => ({ ...leg, inverse: !inverse }))).toEqual(
            back.path.toReversed(),
          )
          // Each is off by half of its last decimal at most.
          const room = money(there.rate).plus(back.rate).times('0.5e-18').plus('1e-30')
          const product = money(there.rate).times(back.rate)
          expect(product.minus(1).abs().lessThanOrEqualTo(room), `${from} ${to}: ${product}`).toBe(true)
        }
      }
    }),
    { numRuns: 500 },
  )
})
