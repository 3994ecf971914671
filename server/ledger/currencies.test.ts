import { data } from 'currency-codes'
import { expect, inject, test } from 'vitest'
import { createTestDatabase, withClient } from '../../tests/harness/postgres.ts'

// What the package of 2024-06-25 says otherwise, and why we do not follow it.
const differences: [code: string, ours: string | undefined, why: string][] = [
  ['ANG', undefined, 'withdrawn in 2025: Curaçao and Sint Maarten pay in XCG'],
  ['XCG', '532, 2 decimals', 'the Caribbean guilder, since 2025'],
  ['XAD', '396, 2 decimals', 'the Arab Accounting Dinar, since 2025'],
  ['XAG', undefined, 'silver: nothing is paid in it'],
  ['XAU', undefined, 'gold: nothing is paid in it'],
  ['XBA', undefined, 'a unit of bond markets'],
  ['XBB', undefined, 'a unit of bond markets'],
  ['XBC', undefined, 'a unit of bond markets'],
  ['XBD', undefined, 'a unit of bond markets'],
  ['XDR', undefined, 'the drawing rights of the IMF, between states'],
  ['XPD', undefined, 'palladium: nothing is paid in it'],
  ['XPT', undefined, 'platinum: nothing is paid in it'],
  ['XSU', undefined, 'the Sucre, between states'],
  ['XTS', undefined, 'reserved for tests'],
  ['XUA', undefined, 'a unit of account of the African Development Bank'],
  ['XXX', undefined, 'stands for no currency'],
]

test('the currencies are those of ISO 4217 with its numbers and decimals, but for the differences listed', async () => {
  const expected = new Map(data.map(({ code, number, digits }) => [code, `${number}, ${digits} decimals`]))
  for (const [code, ours] of differences) {
    expect(expected.get(code), `${code} differs still`).not.toBe(ours)
    if (ours === undefined) expected.delete(code)
    else expected.set(code, ours)
  }
  const database = await createTestDatabase(inject('postgresPort'))
  try {
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query('SELECT code, number, minor_unit, name FROM ledger.currency'),
    )
    const ours = rows.map((row) => [row.code, `${row.number}, ${row.minor_unit} decimals`] as const)
    expect(new Map(ours.toSorted())).toEqual(new Map([...expected].toSorted()))
    for (const { code, name } of rows) expect(name, code).toMatch(/^\S.*\S$/)
    const numbers = rows.map((row) => row.number)
    expect(new Set(numbers).size).toBe(numbers.length)
  } finally {
    await database.drop()
  }
})
