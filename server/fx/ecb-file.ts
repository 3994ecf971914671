import { gunzipSync, inflateRawSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { OperatorError } from '../platform/explain.ts'
import { quotedRate } from './contract.ts'

/** One rate of the file: one euro is worth `rate` of `quote`. */
export interface EcbRate {
  readonly quote: string
  readonly quoted_on: string
  readonly rate: string
}

const mostBytes = 64 * 1024 * 1024
const months = 'January February March April May June July August September October November December'.split(' ')

/**
 * Reads a file of the euro foreign exchange reference rates as the European Central Bank publishes them: its CSV or XML, of
 * a day or with the history, plain, gzipped or zipped. A currency without a rate on a day (`N/A`) is left out. Throws
 * `OperatorError` that names the line for anything else that is not a day after today and a rate for each currency.
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
  const codes = header.cells.slice(1)
  for (const [index, code] of codes.entries()) {
    if (!/^[A-Z]{3}$/.test(code))
      throw new OperatorError(`line 1: ${JSON.stringify(code)} is not the code of a currency`)
    if (codes.indexOf(code) !== index) throw new OperatorError(`line 1: ${code} is there twice`)
  }
  const readDay = dayReader(today)
  return rows.flatMap(({ cells, line }) => {
    if (cells.length !== header.cells.length)
      throw new OperatorError(`line ${line}: it has ${cells.length} columns, the first line ${header.cells.length}`)
    const quoted_on = readDay(cells[0] ?? '', line)
    return codes.flatMap((quote, index) => {
      const rate = cells[index + 1] ?? ''
      return rate === 'N/A' || rate === '' ? [] : [{ quote, quoted_on, rate: readRate(rate, quote, line) }]
    })
  })
}

/** The cells of each line, without the empty one that the comma at its end makes. */
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
      cells: record.at(-1) === '' ? record.slice(0, -1) : record,
      line: info.lines,
    }))
  } catch (error) {
    throw new OperatorError(`It is no CSV: ${(error as Error).message}`, { cause: error })
  }
}

function readXml(text: string, today: string): EcbRate[] {
  const readDay = dayReader(today)
  let quoted_on: string | undefined
  let seen = new Set<string>()
  const rates: EcbRate[] = []
  for (const { 1: attributes = '', index } of text.matchAll(/<Cube\b([^>]*?)\/?>/g)) {
    const line = text.slice(0, index).split('\n').length
    const { time, currency, rate } = Object.fromEntries(
      Array.from(attributes.matchAll(/(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)")/g), ([, name, one, two]) => [
        name,
        one ?? two,
      ]),
    ) as Record<string, string | undefined>
    if (time !== undefined) {
      quoted_on = readDay(time, line)
      seen = new Set()
    } else if (currency !== undefined || rate !== undefined) {
      if (quoted_on === undefined || !/^[A-Z]{3}$/.test(currency ?? '') || currency === undefined || seen.has(currency))
        throw new OperatorError(`line ${line}: it is not a currency of a day, there once`)
      seen.add(currency)
      rates.push({ quote: currency, quoted_on, rate: readRate(rate ?? '', currency, line) })
    }
  }
  return rates
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
    if (seen.has(day)) throw new OperatorError(`line ${line}: ${day} is there twice`)
    seen.add(day)
    return day
  }
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function readRate(text: string, quote: string, line: number): string {
  if (!quotedRate.safeParse(text).success)
    throw new OperatorError(`line ${line}: ${JSON.stringify(text)} is not a rate of ${quote}`)
  return text
}
