import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { loadReference } from '../reference/index.ts'
import { taxReference } from './reference.ts'

const shipped = join(import.meta.dirname, '../../db/reference')

let server: TestServer
let owner: TestOwner
let directory: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  directory = await mkdtemp(join(tmpdir(), 'comptoir-test-reference-'))
})
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

/** Loads the shipped files, one of them changed; answers how many rows that changed. */
async function loadWith(change: (rates: string) => string, ofPlaces: (places: string) => string = (text) => text) {
  const [places, rates] = taxReference.map(({ file }) => file)
  await writeFile(join(directory, places ?? ''), ofPlaces(await readFile(join(shipped, places ?? ''), 'utf8')))
  await writeFile(join(directory, rates ?? ''), change(await readFile(join(shipped, rates ?? ''), 'utf8')))
  const loaded = await loadReference({ ownerUrl: server.database.ownerUrl }, taxReference, directory)
  return loaded.map(({ changed }) => changed)
}

const ratesOf = async (jurisdiction_code: string, on: string) => {
  const { items } = await owner.client.call('tax.list-rates', { jurisdiction_code, on })
  return items.map(({ rate_name, rate }) => [rate_name, rate])
}

test('loading again changes nothing', async () => {
  expect(await loadWith((rates) => rates)).toEqual([0, 0])
})

test('a corrected file changes what it corrects, and what a tenant made of it stays', async () => {
  const imports = { code: 'imports', name: 'Imports', treatment: 'taxed' } as const
  const { id: class_id } = await owner.client.call('tax.create-class', imports)
  const own = await owner.client.call('tax.create-rate', {
    jurisdiction_code: 'MA',
    class_id,
    name: 'TVA',
    rate: '21',
    valid_from: '2026-01-01',
  })
  const corrected = (rates: string) =>
    rates
      .replace('MA,reduced,TVA,10,2007-01-01,,', 'MA,reduced,TVA,11,2008-01-01,,')
      .replace(/^MA,reduced_14,.*\n/m, '')
      .replace(/$/, 'MA,luxury,TVA,30,2026-01-01,,test,\n')
  expect(await loadWith(corrected)).toEqual([0, 4])
  expect(await ratesOf('MA', '2026-06-01')).toEqual([
    [null, '21'],
    ['luxury', '30'],
    ['reduced', '11'],
    ['standard', '20'],
  ])
  expect(await ratesOf('MA', '2007-06-01')).toEqual([
    ['reduced_7', '7'],
    ['standard', '20'],
  ])
  expect(await owner.client.call('tax.get-rate', { id: own.id })).toEqual(own)
  const renamed = (places: string) => places.replace('\nMA,Morocco,', '\nMA,Kingdom of Morocco,')
  expect(await loadWith(corrected, renamed)).toEqual([1, 0])
  expect(await loadWith((rates) => rates)).toEqual([1, 4])
})

test.each([
  ['rates that overlap', 'FR,standard,TVA,21,2020-01-01,,test,', /reference_rate_pkey/],
  ['a rate above 100 %', 'FR,luxury,TVA,101,2020-01-01,,test,', /line \d+: rate/],
  ['a place nobody knows', 'ZZ,standard,VAT,10,2020-01-01,,test,', /reference_rate_jurisdiction_code_fkey/],
  ['a day that is none', 'FR,luxury,TVA,10,2020-02-30,,test,', /line \d+: valid_from/],
])('a file with %s loads nothing', async (_, line, message) => {
  await expect(loadWith((rates) => `${rates}${line}\n`)).rejects.toThrow(message)
  expect(await loadWith((rates) => rates)).toEqual([0, 0])
})

// As the member states publish them; written down apart from the files.
const union2026: Record<string, string> = {
  ...{ AT: '20', BE: '21', BG: '20', HR: '25', CY: '19', CZ: '21', DK: '25', EE: '24', FI: '25.5', FR: '20', DE: '19' },
  ...{ GR: '24', HU: '27', IE: '23', IT: '22', LV: '21', LT: '21', LU: '17', MT: '18', NL: '21', PL: '23', PT: '23' },
  ...{ RO: '21', SK: '23', SI: '22', ES: '21', SE: '25' },
}

test('each member state of the European Union has its standard rate', async () => {
  const found: Record<string, string | undefined> = {}
  for (const country of Object.keys(union2026)) {
    const rates = await ratesOf(country, '2026-01-01')
    found[country] = rates.find(([name]) => name === 'standard')?.[1] ?? undefined
  }
  expect(found).toEqual(union2026)
})

// Known from the laws, written down apart from the files; of a place with a tax that is not in the data nothing is said.
test.each([
  ['PT-20', 'standard', '2021-06-30', '18'],
  ['PT-20', 'standard', '2021-07-01', '16'],
  ['EC', 'standard', '2024-04-01', '15'],
  ['LK', 'standard', '2024-01-01', '18'],
  ['PK', 'standard', '2023-02-14', '18'],
  ['BS', 'standard', '2022-01-01', '10'],
  ['KZ', 'standard', '2025-12-31', '12'],
  ['KZ', 'standard', '2026-01-01', '16'],
  ['FI', 'reduced2', '2026-01-01', '13.5'],
  ['LT', 'reduced2', '2026-01-01', '12'],
  ['SA', 'standard', '2020-06-30', '5'],
  ['SA', 'standard', '2020-07-01', '15'],
  ['TR', 'standard', '2023-07-09', '18'],
  ['TR', 'standard', '2023-07-10', '20'],
  ['OM', 'standard', '2021-04-15', undefined],
  ['OM', 'standard', '2021-04-16', '5'],
  ['ID', 'standard', '2022-03-31', '10'],
  ['ID', 'standard', '2022-04-01', '11'],
  ['GR', 'reduced1', '2010-12-31', '5.5'],
  ['GR', 'reduced2', '2010-12-31', '11'],
  ['GR', 'reduced1', '2015-07-20', '6'],
  ['GR', 'reduced2', '2016-03-01', '13'],
  ['EE', 'reduced', '2024-06-30', '9'],
  ['EE', 'reduced', '2025-06-30', '13'],
  ['CA-NB', 'standard', '2016-07-01', '15'],
  ['CA-NS', 'standard', '2025-04-01', '14'],
  ['FO', 'standard', '2026-01-01', undefined],
  ['NC', 'standard', '2026-01-01', undefined],
  ['ES-CE', 'standard', '2026-01-01', undefined],
  ['CI', 'standard', '2026-01-01', undefined],
])('%s %s on %s: %s', async (place, name, on, rate) => {
  const rates = await ratesOf(place, on)
  expect(rates.find(([one]) => one === name)?.[1]).toBe(rate)
})
