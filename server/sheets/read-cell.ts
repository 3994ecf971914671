import { foldText } from '../platform/fold-text.ts'
import { momentIn } from './local-time.ts'
import { type DateFault, readDate } from './read-date.ts'
import { type NumberReading, readNumber } from './read-number.ts'
import type { DateOrder, DecimalSign } from './sheet.ts'

export const cellKinds = [
  'text',
  'code',
  'amount',
  'quantity',
  'percentage',
  'integer',
  'date',
  'moment',
  'boolean',
] as const
export type CellKind = (typeof cellKinds)[number]

/** How the cells of a column are to be read. Null and nothing said: only what can be read in one way. */
export interface Conventions {
  readonly decimal?: DecimalSign | null | undefined
  readonly date_order?: DateOrder | null | undefined
  /** The IANA time zone of moments that name none. Without it they stay as they are, without an offset. */
  readonly time_zone?: string | null | undefined
  /** Codes such as 17850.0 lose what a program added that took them for numbers. */
  readonly are_codes_floats?: boolean | undefined
}

export type CellFault =
  | Extract<NumberReading, { fault: string }>['fault']
  | DateFault
  | 'number_too_large'
  | 'not_whole'
  | 'code_is_float'
  | 'code_is_rounded'
  | 'moment_malformed'
  | 'moment_skipped'
  | 'boolean_unknown'
  | 'text_malformed'

export type CellValue = string | number | boolean | null

export type CellReading =
  | { readonly value: CellValue }
  | { readonly fault: CellFault; readonly suggested: string | null }

const nothing = { value: null } as const

/**
 * Reads a cell as the API wants it: `amount`, `quantity` and `percentage` as a decimal string, `integer` as a number, `date` as
 * YYYY-MM-DD, `moment` as YYYY-MM-DDTHH:MM:SS with an offset where there is one, `boolean`; `code` and `text` as they stand, without
 * blanks around them. An empty cell is null. A suggestion is what the cell may have meant; nobody should take it unasked.
 */
export function readCell(kind: CellKind, text: string, conventions: Conventions): CellReading {
  const written = text.trim()
  if (written === '') return nothing
  switch (kind) {
    case 'text':
      return readText(written)
    case 'code':
      return readCode(written, conventions)
    case 'amount':
      return readNumber(withoutCurrency(written), conventions.decimal ?? null)
    case 'quantity':
      return readNumber(written, conventions.decimal ?? null)
    case 'percentage':
      return readNumber(written.replace(/\s*[%\u066a]$/, ''), conventions.decimal ?? null)
    case 'integer':
      return readInteger(written, conventions)
    case 'date':
      return readDate(dayPart.exec(written)?.[1] ?? written, conventions.date_order ?? null)
    case 'moment':
      return readMoment(written, conventions)
    case 'boolean':
      return readBoolean(written)
  }
}

// A letter cut in two, and what no text holds.
const control = /[^\P{Cc}\n\r\t]/u

function readText(text: string): CellReading {
  return control.test(text) || !text.isWellFormed()
    ? { fault: 'text_malformed', suggested: null }
    : { value: own(text) }
}

function readCode(text: string, { are_codes_floats }: Conventions): CellReading {
  const float = /^(\d+)\.0$/.exec(text)?.[1]
  if (float !== undefined) return are_codes_floats ? { value: float } : { fault: 'code_is_float', suggested: float }
  const rounded = /^(\d)[.,](\d+)[eE]\+?(\d{1,2})$/.exec(text)
  if (!rounded) return readText(text)
  const decimals = rounded[2] ?? ''
  const digits = +(rounded[3] ?? 0)
  // Whether those that are missing were zeros nobody knows.
  const isWhole = decimals.length === digits
  return { fault: 'code_is_rounded', suggested: isWhole ? `${rounded[1]}${decimals}` : null }
}

function readInteger(text: string, { decimal }: Conventions): CellReading {
  const reading = readNumber(text, decimal ?? null)
  if (!('value' in reading)) return reading
  if (reading.value.includes('.')) return { fault: 'not_whole', suggested: null }
  const value = +reading.value
  return Number.isSafeInteger(value) ? { value } : { fault: 'number_too_large', suggested: null }
}

// Signs, codes and short names of currencies before or behind an amount.
const currency =
  /^(?:\p{Sc}|[A-Z]{3}(?![A-Z])|D[Hh]s?\.?|درهم|د\.?م\.?)\s*(?=[-+(\d])|(?<=[\d)-])\s*(?:\p{Sc}|[A-Z]{3}|D[Hh]s?\.?|درهم|د\.?م\.?)$/gu

function withoutCurrency(text: string): string {
  if (/^-?\d[\d.,]*$/.test(text)) return text
  return text.replaceAll(currency, '').replace(/^([-+(]\s*)\p{Sc}\s*(?=\d)/u, '$1')
}

const dayPart = /^(.+?)(?:[T\s,]\s*)\d{1,2}:\d{2}/
const dayAndTime =
  /^(.+?)(?:T|,?\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([ap]\.?m\.?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i

// The lines of an invoice have its time, one after the other.
let lastMoment: { readonly text: string; readonly conventions: Conventions; readonly reading: CellReading } | undefined

function readMoment(text: string, conventions: Conventions): CellReading {
  if (lastMoment?.text === text && lastMoment.conventions === conventions) return lastMoment.reading
  const reading = readMomentAnew(text, conventions)
  lastMoment = { text, conventions, reading }
  return reading
}

function readMomentAnew(text: string, { date_order, time_zone }: Conventions): CellReading {
  const found = dayAndTime.exec(text)
  const day = readDate(found?.[1] ?? text, date_order ?? null)
  if (!('value' in day))
    return day.fault === 'date_malformed' ? { ...day, fault: 'moment_malformed' } : withTime(day, found)
  const clock = found ? clockOf(found) : '00:00:00'
  if (clock === undefined) return { fault: 'moment_malformed', suggested: null }
  const zone = found?.[7]
  if (zone) return { value: `${day.value}T${clock}${offsetOf(zone)}` }
  if (!time_zone) return { value: `${day.value}T${clock}` }
  const moment = momentIn(time_zone, `${day.value}T${clock}`)
  return moment === undefined ? { fault: 'moment_skipped', suggested: null } : { value: moment }
}

/** What a day that is not certain may be, with the time that is. */
function withTime(day: { fault: DateFault; suggested: string | null }, found: RegExpExecArray | null): CellReading {
  const clock = found ? clockOf(found) : '00:00:00'
  return day.suggested === null || clock === undefined
    ? { ...day, suggested: null }
    : { ...day, suggested: `${day.suggested}T${clock}` }
}

function clockOf(found: RegExpExecArray): string | undefined {
  const half = found[6]?.charAt(0).toLowerCase()
  const written = +(found[2] ?? 0)
  if (half && (written < 1 || written > 12)) return undefined
  const hour = half ? (written % 12) + (half === 'p' ? 12 : 0) : written
  const [minute = '00', second = '00'] = [found[3], found[4]]
  if (hour > 23 || minute > '59' || second > '59') return undefined
  return `${`${hour}`.padStart(2, '0')}:${minute}:${second}${found[5] ? `.${found[5].slice(0, 3)}` : ''}`
}

function offsetOf(zone: string): string {
  if (/^z$/i.test(zone)) return 'Z'
  const digits = zone.replace(':', '').padEnd(5, '0')
  return `${digits.slice(0, 3)}:${digits.slice(3)}`
}

const truths = new Set(
  ['true', 'yes', 'y', '1', 'x', 'on', 'active', 'vrai', 'oui', 'o', 'actif', 'نعم', 'صحيح'].map(foldText),
)
const untruths = new Set(
  ['false', 'no', 'n', '0', 'off', 'inactive', 'faux', 'non', 'inactif', 'لا', 'خطأ'].map(foldText),
)

function readBoolean(text: string): CellReading {
  const word = foldText(text)
  if (truths.has(word)) return { value: true }
  return untruths.has(word) ? { value: false } : { fault: 'boolean_unknown', suggested: null }
}

/** A text that stands for itself: of V8 a longer part of a text keeps the whole, and whoever keeps a code would keep the file. */
function own(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1)
}
