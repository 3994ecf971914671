import { gunzipSync, inflateRawSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { OperatorError } from '../platform/explain.ts'
import { money } from '../platform/money.ts'
import { quotedRate } from './contract.ts'

/** One rate of the file: one euro is worth `rate` of `quote`. */
export interface EcbRate {
  readonly quote: string
  readonly quoted_on: string
  readonly rate: string
}

const mostBytes = 64 * 1024 * 1024
const months = 'January February March April May June July August September October November December'.split(' ')
/** The first day of the euro; the bank quoted nothing before it. */
const firstDay = '1999-01-04'
/** What everything is quoted against. */
const base = 'EUR'
/** Far beyond what the bank ever quoted: from 0.3883 (the Maltese lira is the least) to 1,912,400 (the old Turkish lira). */
const [leastRate, mostRate] = ['0.001', '100000000']

/**
 * Reads a file of the euro foreign exchange reference rates as the European Central Bank publishes them: its CSV or XML, of
 * a day or with the history, plain, gzipped or zipped. A currency without a rate on a day (`N/A`) is left out. Throws
 * `OperatorError` that names the line for anything else that is not a working day from 1999 up to today and a rate for
 * each currency, and for a file that was cut short inside a line or, of XML, anywhere.
 */
export function readEcbFile(bytes: Buffer, today: string): EcbRate[] {
  const text = unpack(bytes).toString('utf8')
  const rates = text.trimStart().startsWith('<') ? readXml(text, today) : readCsv(text, today)
  if (rates.length === 0) throw new OperatorError('There are no rates in it.')
  return rates
}

function unpack(bytes: Buffer): Buffer {
  try {
    if (bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return gunzipSync(bytes, { maxOutputLength: mostBytes })
    if (bytes.subarray(0, 4).toString('latin1') === 'PK\x03\x04')
      return inflateRawSync(firstEntry(bytes), { maxOutputLength: mostBytes })
    return bytes
  } catch (error) {
    throw new OperatorError(`It cannot be unpacked: ${(error as Error).message}`, { cause: error })
  }
}

/** The deflated bytes of the first file in a zip archive (APPNOTE 4.3.7); the bank puts one into each. */
function firstEntry(zip: Buffer): Buffer {
  const [nameLength, extraLength] = [zip.readUInt16LE(26), zip.readUInt16LE(28)]
  return zip.subarray(30 + nameLength + extraLength)
}

function readCsv(text: string, today: string): EcbRate[] {
  const [header, ...rows] = recordsOf(text)
  if (header?.cells[0] !== 'Date') throw new OperatorError('line 1: the first column is not Date')
  const codes = header.cells.slice(1, header.cells.at(-1) === '' ? -1 : undefined)
  for (const [index, code] of codes.entries()) {
    assertQuoted(code, 1)
    if (codes.indexOf(code) !== index) throw new OperatorError(`line 1: ${code} is there twice`)
  }
  const readDay = dayReader(today)
  const rates = rows.flatMap(({ cells, line }) => {
    // The comma at the end of the lines counts too: where it lacks, the last number may be cut.
    if (cells.length !== header.cells.length)
      throw new OperatorError(`line ${line}: it has ${cells.length} cells, the first line ${header.cells.length}`)
    const quoted_on = readDay(cells[0] ?? '', line)
    return codes.flatMap((quote, index) => {
      const rate = cells[index + 1] ?? ''
      return rate === 'N/A' || rate === '' ? [] : [{ quote, quoted_on, rate: readRate(rate, quote, line) }]
    })
  })
  if (header.cells.at(-1) !== '' && !text.endsWith('\n')) throw new OperatorError('Its last line does not end.')
  return rates
}

/** The cells of each line, with the empty one that the comma at its end makes. */
function recordsOf(text: string): { cells: string[]; line: number }[] {
  try {
    const records: unknown = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    })
    return (records as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      cells: record,
      line: info.lines,
    }))
  } catch (error) {
    throw new OperatorError(`It is no CSV: ${(error as Error).message}`, { cause: error })
  }
}

function readXml(text: string, today: string): EcbRate[] {
  const readDay = dayReader(today)
  let [line, counted] = [1, 0]
  let quoted_on: string | undefined
  let seen = new Set<string>()
  const rates: EcbRate[] = []
  for (const { 1: attributes = '', index } of text.matchAll(/<Cube\b([^>]*?)\/?>/g)) {
    line += text.slice(counted, index).split('\n').length - 1
    counted = index
    const { time, currency, rate } = attributesOf(attributes)
    if (time !== undefined) {
      quoted_on = readDay(time, line)
      seen = new Set()
    } else if (currency !== undefined || rate !== undefined) {
      if (quoted_on === undefined || currency === undefined || seen.has(currency))
        throw new OperatorError(`line ${line}: it is not a currency of a day, there once`)
      assertQuoted(currency, line)
      seen.add(currency)
      rates.push({ quote: currency, quoted_on, rate: readRate(rate ?? '', currency, line) })
    }
  }
  if (rates.length > 0 && !/<\/(\w+:)?Envelope\s*>\s*$/.test(text))
    throw new OperatorError('It is cut short: it does not end with its Envelope.')
  return rates
}

function attributesOf(text: string): Record<string, string | undefined> {
  const pairs = text.matchAll(/(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)")/g)
  return Object.fromEntries(Array.from(pairs, ([, name, one, two]) => [name, one ?? two]))
}

function assertQuoted(code: string, line: number): void {
  if (!/^[A-Z]{3}$/.test(code))
    throw new OperatorError(`line ${line}: ${JSON.stringify(code)} is not the code of a currency`)
  if (code === base) throw new OperatorError(`line ${line}: ${base} is what the rates are quoted against`)
}

/** Reads days as `2026-11-20` or `20 November 2026`, each once. */
function dayReader(today: string) {
  const seen = new Set<string>()
  return (text: string, line: number): string => {
    const [, date = '', name = '', year = ''] = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/.exec(text) ?? []
    const month = `${months.indexOf(name) + 1}`.padStart(2, '0')
    const day = name === '' ? text : `${year}-${month}-${date.padStart(2, '0')}`
    if (!isDay(day)) throw new OperatorError(`line ${line}: ${JSON.stringify(text)} is not a day`)
    if (day > today) throw new OperatorError(`line ${line}: ${day} is in the future`)
    if (day < firstDay) throw new OperatorError(`line ${line}: ${day} is before the euro`)
    if (isWeekend(day)) throw new OperatorError(`line ${line}: ${day} is a day of a weekend`)
    if (seen.has(day)) throw new OperatorError(`line ${line}: ${day} is there twice`)
    seen.add(day)
    return day
  }
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function isWeekend(day: string): boolean {
  return ['Sat', 'Sun'].includes(new Date(day).toUTCString().slice(0, 3))
}

function readRate(text: string, quote: string, line: number): string {
  if (!quotedRate.safeParse(text).success || money(text).lessThan(leastRate) || money(text).greaterThan(mostRate))
    throw new OperatorError(`line ${line}: ${JSON.stringify(text)} is not a rate of ${quote}`)
  return text
}
