import { expect, test } from 'vitest'
import { type Money, money, roundTo, toText } from '../platform/money.ts'
import { normalQuantile } from './normal-quantile.ts'

// From the tables of the normal distribution that any textbook has, to twelve decimals.
const table: [percent: string, quantile: string][] = [
  ['50', '0'],
  ['80', '0.841621233573'],
  ['84.1344746068543', '1'],
  ['90', '1.281551565545'],
  ['92.5', '1.439531470938'],
  ['95', '1.644853626951'],
  ['97.5', '1.95996398454'],
  ['97.7249868051821', '2'],
  ['98', '2.053748910632'],
  ['99', '2.326347874041'],
  ['99.5', '2.575829303549'],
  ['99.9', '3.090232306168'],
  ['99.99', '3.719016485456'],
  ['99.9999', '4.753424308823'],
  ['5', '-1.644853626951'],
  ['0.1', '-3.090232306168'],
]

test.each(table)('the quantile of %s %% is %s', (percent, quantile) => {
  expect(toText(roundTo(normalQuantile(money(percent)), 12, 'half_up'))).toBe(quantile)
})

test('no quantile is off by more than 1 part in 10^15', () => {
  for (let tenths = 501; tenths < 1000; tenths += 1) expectExact(money(String(tenths)).dividedBy(10))
  for (const percent of ['92.4999', '92.5', '92.5001', '99.95', '99.99', '99.999', '99.9999'])
    expectExact(money(percent))
})

/** Held against the series of the distribution itself: what it says of the quantile differs from what was asked by so much. */
function expectExact(percent: Money): void {
  const z = normalQuantile(percent)
  const density = z.pow(2).dividedBy(-2).exp().dividedBy(twoPi.sqrt())
  const off = distribution(z, density).minus(percent.dividedBy(100)).dividedBy(density).abs()
  expect(off.dividedBy(z).lessThan('1e-15'), `${percent} % is off by ${off}`).toBe(true)
}

const twoPi = money('6.283185307179586476925286766559005768394')

/** Φ(z) = ½ + φ(z)·(z + z³/3 + z⁵/(3·5) + …): Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.11. */
function distribution(z: Money, density: Money): Money {
  let [term, sum] = [z, z]
  for (let odd = 3; term.greaterThan('1e-36'); odd += 2) {
    term = term.times(z).times(z).dividedBy(odd)
    sum = sum.plus(term)
  }
  return density.times(sum).plus('0.5')
}
