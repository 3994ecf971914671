import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Place, pickPrice } from './pick-price.ts'

/** A place in three letters, group, channel, branch: `g-b` is the group g at the branch b. */
const at = (text: string): Place => {
  const [group = '-', channel = '-', branch = '-'] = text
  const named = (letter: string) => (letter === '-' ? null : letter)
  return { customer_group_id: named(group), channel_id: named(channel), branch_id: named(branch) }
}
/** Prices as `place@from=price`. */
const prices = (text: string) =>
  text.split(' ').map((one) => {
    const [, place = '', min_quantity = '', price = ''] = /^(.{3})@(.+)=(.+)$/.exec(one) ?? []
    return { ...at(place), min_quantity, price }
  })

// The prices in force; where it is sold and how much; the price that counts.
const table: [prices: string, place: string, quantity: string, price: string | undefined][] = [
  ['---@1=10', '---', '1', '10'],
  ['---@1=10', 'gcb', '1', '10'],
  ['---@1=10 --b@1=9', '--b', '1', '9'],
  ['---@1=10 --b@1=9', '--x', '1', '10'],
  ['--b@1=9', '---', '1', undefined],
  ['---@1=10 --b@1=9 -c-@1=8', '-cb', '1', '8'],
  ['---@1=10 -cb@1=7 -c-@1=8', '-cb', '1', '7'],
  ['-cb@1=7 g--@1=6', 'gcb', '1', '6'],
  ['-cb@1=7 g--@1=6', 'xcb', '1', '7'],
  ['g--@1=6 g-b@1=5 gc-@1=4', 'gcb', '1', '4'],
  ['gcb@1=3 gc-@1=4', 'gcb', '1', '3'],
  // The dearer price of the more specific list counts.
  ['---@1=10 --b@1=12', '--b', '1', '12'],
  ['---@1=10 ---@12=8 ---@144=6', '---', '11.999', '10'],
  ['---@1=10 ---@12=8 ---@144=6', '---', '12', '8'],
  ['---@1=10 ---@9=9 ---@10=8', '---', '10', '8'],
  ['---@1=10 ---@144=6 ---@12=8', '---', '1000', '6'],
  // A list with no price for so little leaves it to the next.
  ['---@1=10 --b@12=8', '--b', '1', '10'],
  ['---@1=10 --b@12=8', '--b', '12', '8'],
  ['---@1=10 ---@12=5 --b@1=9', '--b', '12', '9'],
  ['---@1=10', '---', '0.5', undefined],
  ['---@0=10', '---', '0.001', '10'],
  ['---@0=0', '---', '1', '0'],
]

test.each(table)('of %s, at %s for %s it is %s', (given, place, quantity, price) => {
  expect(pickPrice(prices(given), { ...at(place), quantity })?.price).toBe(price)
})

test('the order in which prices are read decides nothing', () => {
  const letter = (one: string) => fc.constantFrom('-', one)
  const place = fc.tuple(letter('g'), letter('c'), letter('b')).map((letters) => letters.join(''))
  const price = fc.tuple(place, fc.constantFrom('0', '1', '12', '144'))
  const lists = fc.uniqueArray(price, { selector: ([list, from]) => `${list}@${from}`, maxLength: 20 })
  fc.assert(
    fc.property(lists, place, fc.constantFrom('0.5', '1', '13', '200'), (all, where, quantity) => {
      const candidates = all.map(([list, from], index) => ({ ...at(list), min_quantity: from, index }))
      const asked = { ...at(where), quantity }
      expect(pickPrice(candidates.toReversed(), asked)).toEqual(pickPrice(candidates, asked))
    }),
  )
})
