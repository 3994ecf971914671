import { afterAll, beforeAll, expect, test } from 'vitest'
import { importRates } from '../../tests/harness/rates.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const rates = 'Date,USD,JPY,\n2026-03-06,1.25,160.5,\n2026-03-05,1.24,160,\n'
  await importRates(server, rates)
})
afterAll(() => server?.close())

const quoted = (base: string, quote: string, rate: string, quoted_on = '2026-03-06') => ({
  base,
  quote,
  quoted_on,
  rate,
})
const record = (...rates: ReturnType<typeof quoted>[]) =>
  owner.client.call('fx.record-rates', { source: 'Bank Al-Maghrib', rates })
const rateOf = async (from: string, to: string, on = '2026-03-06', by: TestOwner = owner) => {
  const { rate, quoted_on, path } = await by.client.call('fx.get-rate', { from, to, on })
  return `${rate} of ${quoted_on} by ${path.map(({ source }) => source).join(' and ')}`
}

const tomorrow = (days: number) => new Date(now().getTime() + days * 86_400_000).toISOString().slice(0, 10)
const refused: [what: string, rates: ReturnType<typeof quoted>[], problem: string][] = [
  ['zero', [quoted('EUR', 'MAD', '0')], '400 invalid_input'],
  ['zero with decimals', [quoted('EUR', 'MAD', '0.000')], '400 invalid_input'],
  ['below zero', [quoted('EUR', 'MAD', '-10.8')], '400 invalid_input'],
  ['thirteen decimals', [quoted('EUR', 'MAD', '10.0000000000001')], '400 invalid_input'],
  ['thirteen digits', [quoted('EUR', 'MAD', '1000000000000')], '400 invalid_input'],
  ['an exponent', [quoted('EUR', 'MAD', '1e1')], '400 invalid_input'],
  ['no rates', [], '400 invalid_input'],
  ['one currency', [quoted('MAD', 'MAD', '1')], '422 rate_of_one_currency'],
  ['a currency that is none', [quoted('EUR', 'XXX', '1')], '422 unknown_currency'],
  ['the day after tomorrow', [quoted('EUR', 'MAD', '10.8', tomorrow(2))], '422 rate_day_in_future'],
  ['a day twice', [quoted('EUR', 'MAD', '10.8'), quoted('EUR', 'MAD', '10.9')], '422 rate_given_twice'],
  [
    'a day twice, once the other way round',
    [quoted('EUR', 'MAD', '10.8'), quoted('MAD', 'EUR', '0.09')],
    '422 rate_given_twice',
  ],
  ['a right one beside a wrong one', [quoted('EUR', 'TND', '3.3'), quoted('EUR', 'XXX', '1')], '422 unknown_currency'],
]

test.each(refused)('%s is refused, and nothing recorded', async (_, rates, problem) => {
  const [status, code] = problem.split(' ')
  await expect(record(...rates)).rejects.toMatchObject({ problem: { status: Number(status), code } })
  expect((await owner.client.call('fx.list-rates', {})).items).toEqual([])
})

test('rates entered by hand cross with public ones, supersede one another, and are nobody else’s', async () => {
  await expect(rateOf('MAD', 'USD')).rejects.toMatchObject({ problem: { status: 422, code: 'rate_not_found' } })
  await record(quoted('EUR', 'MAD', '10.8'), quoted('EUR', 'MAD', '10.7', '2026-03-05'))
  expect(await rateOf('EUR', 'MAD')).toBe('10.8 of 2026-03-06 by Bank Al-Maghrib')
  expect(await rateOf('USD', 'MAD')).toBe('8.64 of 2026-03-06 by ecb and Bank Al-Maghrib')
  expect(await rateOf('MAD', 'JPY')).toBe('14.861111111111111111 of 2026-03-06 by Bank Al-Maghrib and ecb')

  await record(quoted('EUR', 'MAD', '10'))
  expect(await rateOf('EUR', 'MAD')).toBe('10 of 2026-03-06 by Bank Al-Maghrib')
  expect(await rateOf('EUR', 'MAD', '2026-03-05')).toBe('10.7 of 2026-03-05 by Bank Al-Maghrib')
  const { items } = await owner.client.call('fx.list-rates', { base: 'EUR', quote: 'MAD', from: '2026-03-06' })
  expect(items.map(({ rate, revision }) => `${rate} #${revision}`)).toEqual([
    '10.800000000000 #1',
    '10.000000000000 #2',
  ])

  await record(quoted('EUR', 'USD', '1.2'))
  expect(await rateOf('EUR', 'USD'), 'the tenant’s own go first').toBe('1.2 of 2026-03-06 by Bank Al-Maghrib')
  const other = await signUpOwner(server)
  expect(await rateOf('EUR', 'USD', '2026-03-06', other)).toBe('1.25 of 2026-03-06 by ecb')
  expect((await other.client.call('fx.list-rates', {})).items).toEqual([])
})

test('two who record a day at once get two revisions', async () => {
  await Promise.all(['1', '2', '3', '4'].map((rate) => record(quoted('EUR', 'TND', rate))))
  const { items } = await owner.client.call('fx.list-rates', { quote: 'TND' })
  expect(items.map(({ revision }) => revision)).toEqual([1, 2, 3, 4])
})

test('a rate that is too old is refused with its day, unless the caller takes it', async () => {
  const asked = { from: 'USD', to: 'JPY', on: '2026-03-14' }
  await expect(owner.client.call('fx.get-rate', asked)).rejects.toMatchObject({
    problem: { status: 422, code: 'rate_too_old', detail: expect.stringContaining('2026-03-06') },
  })
  expect(await owner.client.call('fx.get-rate', { ...asked, max_age_days: 8 })).toMatchObject({
    quoted_on: '2026-03-06',
  })
  const { code } = await owner.client.call('fx.get-rate', { from: 'EUR', to: 'QQQ', on: '2026-03-06' }).then(
    () => ({ code: '' }),
    ({ problem }) => problem,
  )
  expect(code).toBe('unknown_currency')
})

test('how old a rate may be is for the tenant to set, and for who asks to say otherwise', async () => {
  const by = await signUpOwner(server)
  const ask = (on: string, more: object = {}) =>
    by.client.call('fx.get-rate', { from: 'EUR', to: 'USD', on, ...more }).then(
      ({ quoted_on }) => quoted_on,
      ({ problem }) => problem.code,
    )
  const convert = (on: string) =>
    by.client.call('fx.convert-amount', { from: 'EUR', to: 'USD', amount: '1', on }).then(
      ({ converted }) => converted,
      ({ problem }) => problem.code,
    )
  expect([await ask('2026-03-13'), await ask('2026-03-14')]).toEqual(['2026-03-06', 'rate_too_old'])
  await setHere(by.client, 'fx.max-age-days', 20)
  expect([await ask('2026-03-26'), await ask('2026-03-27')]).toEqual(['2026-03-06', 'rate_too_old'])
  expect([await convert('2026-03-26'), await convert('2026-03-27')]).toEqual(['1.25', 'rate_too_old'])
  expect(await ask('2026-03-26', { max_age_days: 19 })).toBe('rate_too_old')
  expect(await rateOf('EUR', 'USD', '2026-03-14').catch(({ problem }) => problem.code), 'of another tenant').toBe(
    'rate_too_old',
  )
  await setHere(by.client, 'fx.max-age-days', 0)
  expect([await ask('2026-03-06'), await ask('2026-03-07')]).toEqual(['2026-03-06', 'rate_too_old'])
})

test.each([
  ['JPY', 'EUR', '1000', '6.23'],
  ['EUR', 'JPY', '10.03', '1610'],
  ['EUR', 'JPY', '-10.03', '-1610'],
  ['JPY', 'JPY', '99.5', '100'],
])('%s to %s: %s is %s, rounded to the minor unit of the target', async (from, to, amount, converted) => {
  const answer = await owner.client.call('fx.convert-amount', { from, to, amount, on: '2026-03-07' })
  expect(answer).toMatchObject({ from, to, amount, converted })
})

test('public rates are listed a page at a time', async () => {
  const first = await owner.client.call('fx.list-rates', { origin: 'public', limit: 3 })
  const second = await owner.client.call('fx.list-rates', {
    origin: 'public',
    limit: 3,
    cursor: first.next_cursor ?? '',
  })
  const lines = [...first.items, ...second.items].map(
    ({ quote, quoted_on, source }) => `${quote} ${quoted_on} ${source}`,
  )
  expect(lines).toEqual(['JPY 2026-03-05 ecb', 'JPY 2026-03-06 ecb', 'USD 2026-03-05 ecb', 'USD 2026-03-06 ecb'])
  expect(second.next_cursor).toBeNull()
})
