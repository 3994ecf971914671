import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { ecbSlice, readSlice } from '../../tests/harness/rates.ts'
import { readEcbFile } from './ecb-file.ts'

const today = '2026-11-20'
const read = (text: string | Buffer) => readEcbFile(Buffer.from(text), today)
const xml = (cubes: string) => `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>${cubes}</Cube>
</gesmes:Envelope>`

test('the history is read whole: a rate for each cell that has one', () => {
  const expected = Array.from(readSlice()).flatMap(([quoted_on, rates]) =>
    Array.from(rates, ([quote, rate]) => ({ quote, quoted_on, rate })).filter(({ quote }) => quote !== 'EUR'),
  )
  expect(read(ecbSlice)).toEqual(expected)
  expect(read(gzipSync(ecbSlice))).toEqual(expected)
})

const twoRates = [
  { quote: 'USD', quoted_on: '2026-11-20', rate: '1.1684' },
  { quote: 'JPY', quoted_on: '2026-11-20', rate: '186.75' },
]

test.each([
  ['the CSV of one day', 'Date, USD, JPY, BGN, \n20 November 2026, 1.1684, 186.75, N/A, \n'],
  ['the same with CRLF and a byte order mark', '\uFEFFDate,USD,JPY,\r\n2026-11-20,1.1684,186.75,\r\n'],
  ['the same without the last comma', 'Date,USD,JPY\n2026-11-20,1.1684,186.75\n'],
  [
    'the XML of one day',
    xml("<Cube time='2026-11-20'><Cube currency='USD' rate='1.1684'/><Cube currency='JPY' rate='186.75'/></Cube>"),
  ],
  [
    'the same with other quotes',
    xml('<Cube time="2026-11-20">\n<Cube rate="1.1684" currency="USD"/>\n<Cube currency="JPY" rate="186.75"/></Cube>'),
  ],
])('%s is read', (_, text) => {
  expect(read(text)).toEqual(twoRates)
})

const day = '<Cube time="2026-11-20">'
test.each([
  ['nothing', '', /no rates|line 1: the first column/],
  ['no rates at all', 'Date,USD,\n', /There are no rates in it/],
  ['only days without rates', 'Date,USD,\n2026-11-20,N/A,\n', /There are no rates in it/],
  ['another table', 'Day,USD\n2026-11-20,1\n', /^line 1: the first column is not Date/],
  ['a column that is no currency', 'Date,usd,\n2026-11-20,1,\n', /^line 1: "usd" is not the code/],
  ['a currency twice', 'Date,USD,USD,\n2026-11-20,1,1,\n', /^line 1: USD is there twice/],
  ['a line cut short', 'Date,USD,JPY,\n2026-11-20,1,1,\n2026-11-19,1,\n', /^line 3: it has 3 cells, the first line 4/],
  [
    'a number cut short, its comma with it',
    'Date,USD,JPY,\n2026-11-20,1.25,186.75,\n2026-11-19,1.6,18',
    /^line 3: it has 3 cells, the first line 4/,
  ],
  ['a number that may be cut', 'Date,USD\n2026-11-20,1.25\n2026-11-19,1.2', /^Its last line does not end/],
  ['a column of euros', 'Date,USD,EUR,\n2026-11-20,1.25,1,\n', /^line 1: EUR is what the rates are quoted against/],
  ['a day before the euro', 'Date,USD,\n1999-01-01,1.25,\n', /^line 2: 1999-01-01 is before the euro/],
  ['a day of the year one', 'Date,USD,\n0001-01-01,1.25,\n', /^line 2: 0001-01-01 is before the euro/],
  ['a Saturday', 'Date,USD,\n2026-03-07,1.25,\n', /^line 2: 2026-03-07 is a day of a weekend/],
  ['a Sunday', 'Date,USD,\n2026-03-06,1.25,\n8 March 2026,1.25,\n', /^line 3: 2026-03-08 is a day of a weekend/],
  ['a rate beyond all measure', 'Date,USD,\n2026-11-20,999999999999,\n', /^line 2: "999999999999" is not a rate/],
  ['a rate next to nothing', 'Date,USD,\n2026-11-20,0.000000000001,\n', /^line 2: "0.000000000001" is not a rate/],
  ['no such day', 'Date,USD,\n2026-02-30,1,\n', /^line 2: "2026-02-30" is not a day/],
  ['no such month', 'Date,USD,\n20 Novembre 2026,1,\n', /^line 2: "20 Novembre 2026" is not a day/],
  ['a day in the future', 'Date,USD,\n2026-11-20,1,\n2026-11-21,1,\n', /^line 3: 2026-11-21 is in the future/],
  ['a day twice', 'Date,USD,\n2026-11-20,1,\n2026-11-20,2,\n', /^line 3: 2026-11-20 is there twice/],
  ['a rate of zero', 'Date,USD,\n2026-11-20,0.0,\n', /^line 2: "0.0" is not a rate of USD/],
  ['a rate below zero', 'Date,USD,\n2026-11-20,-1.1,\n', /^line 2: "-1.1" is not a rate/],
  ['a rate with an exponent', 'Date,USD,\n2026-11-20,1e3,\n', /^line 2: "1e3" is not a rate/],
  ['a rate with a decimal comma', 'Date;USD\n2026-11-20;1,1\n', /^line 1: /],
  ['more than 12 decimals', 'Date,USD,\n2026-11-20,1.0000000000001,\n', /^line 2: "1.0000000000001" is not a rate/],
  ['a quote that never ends', 'Date,USD,\n"2026-11-20,1,\n', /^It is no CSV: /],
  ['a web page', '<html><body>Moved</body></html>', /There are no rates in it/],
  ['XML without a day', xml('<Cube currency="USD" rate="1"/>'), /^line 4: it is not a currency of a day/],
  [
    'XML with a currency twice',
    xml(`${day}<Cube currency="USD" rate="1"/>\n<Cube currency="USD" rate="1"/>`),
    /^line 5: it is not a currency of a day/,
  ],
  ['XML with euros', xml(`${day}\n<Cube currency="EUR" rate="1"/></Cube>`), /^line 5: EUR is what the rates/],
  [
    'XML cut in a number',
    xml(`${day}<Cube currency="USD" rate="1.25"/><Cube currency="JPY" rate="186.75"/></Cube>`).replace(
      /5"\/><\/Cube>[\s\S]*/,
      '',
    ),
    /^It is cut short/,
  ],
  [
    'XML cut between two lines',
    xml(`${day}<Cube currency="USD" rate="1.25"/>\n`).replace(/\n<\/Cube>[\s\S]*/, '\n'),
    /^It is cut short/,
  ],
  ['XML with a currency without a rate', xml(`${day}<Cube currency="USD"/>`), /^line 4: "" is not a rate of USD/],
  ['XML of a day that is none', xml('<Cube time="2026-13-01"/>'), /^line 4: "2026-13-01" is not a day/],
  ['half of a gzip', gzipSync(ecbSlice).subarray(0, 2_000), /^It cannot be unpacked: /],
  ['half of a zip', Buffer.from('PK\x03\x04nothing that unpacks', 'latin1'), /^It cannot be unpacked: /],
  ['bytes', Buffer.from([0, 255, 254, 1, 2, 3]), /^line 1: /],
])('%s is refused, with the line', (_, text, message) => {
  expect(() => read(text)).toThrow(message)
})
