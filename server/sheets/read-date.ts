import { foldText } from '../platform/fold-text.ts'
import { daysAfter } from '../platform/time.ts'
import { monthOf } from './months.ts'
import type { DateOrder } from './sheet.ts'

export type DateFault =
  | 'date_malformed'
  | 'date_impossible'
  | 'date_order_wrong'
  | 'date_order_ambiguous'
  | 'date_without_day'
  | 'date_is_serial'
  | 'year_of_two_digits'

export type DateReading = { readonly value: string } | { readonly fault: DateFault; readonly suggested: string | null }

const malformed = { fault: 'date_malformed', suggested: null } as const
const impossible = { fault: 'date_impossible', suggested: null } as const

/**
 * Reads a day: YYYY-MM-DD. With the year first, or the month by name (English, French, Arabic), the order does not matter; with
 * `order` null it reads what can be read in one way only. Years 1900 to 2200.
 */
export function readDate(text: string, order: DateOrder | null): DateReading {
  const iso = yearFirst.exec(text) ?? compact.exec(text)
  if (iso) return dayOf(iso[1] ?? '', iso[2] ?? '', iso[3] ?? '')
  const written = foldText(text).trim()
  const parts = partsOf(written)
  return parts ? byOrder(parts, order) : (readNamed(written) ?? readPartial(written))
}

/** The orders in which a text is a day whose year is not first: none where it is no such day. */
export function dateOrdersOf(text: string): readonly DateOrder[] {
  const parts = partsOf(foldText(text).trim())
  return parts ? ordersOf(parts) : []
}

/** Whether a text is a day with its year first. */
export function isYearFirst(text: string): boolean {
  return yearFirst.test(text)
}

const yearFirst = /^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\s*$/
const compact = /^\s*((?:19|20|21)\d{2})(\d{2})(\d{2})\s*$/
const threeNumbers = /^(\d{1,2}) ?[-/. ] ?(\d{1,2}) ?[-/. ] ?(\d{4}|\d{2})$/
const dayFirst = /^(\d{1,2})(?:er|st|nd|rd|th)?[\s\-/.]*(\p{L}+)\.?[\s\-/.,]*(\d{4}|\d{2})$/u
const monthFirst = /^(\p{L}+)\.?[\s\-/.]*(\d{1,2})(?:st|nd|rd|th)?[\s,]+(\d{4})$/u

type Parts = readonly [string, string, string]
const orders = ['dmy', 'mdy', 'ymd'] as const

function partsOf(text: string): Parts | undefined {
  const found = threeNumbers.exec(text)
  return found ? [found[1] ?? '', found[2] ?? '', found[3] ?? ''] : undefined
}

function ordersOf(parts: Parts): DateOrder[] {
  return orders.filter((order) => (order !== 'ymd' || parts[2].length === 2) && 'value' in inOrder(parts, order, true))
}

function byOrder(parts: Parts, order: DateOrder | null): DateReading {
  const possible = ordersOf(parts)
  if (possible.length === 0) return impossible
  if (order === null) {
    const days = new Set(possible.map((one) => suggestionOf(inOrder(parts, one, true))))
    return days.size === 1
      ? inOrder(parts, possible[0] ?? 'dmy', false)
      : { fault: 'date_order_ambiguous', suggested: null }
  }
  if (possible.includes(order)) return inOrder(parts, order, false)
  const only = possible.length === 1 ? possible[0] : undefined
  return { fault: 'date_order_wrong', suggested: only ? suggestionOf(inOrder(parts, only, true)) : null }
}

function suggestionOf(reading: DateReading): string | null {
  return 'value' in reading ? reading.value : reading.suggested
}

function inOrder([first, second, third]: Parts, order: DateOrder, isYearGuessed: boolean): DateReading {
  const [year, month, day] = {
    ymd: [first, second, third] as const,
    dmy: [third, second, first] as const,
    mdy: [third, first, second] as const,
  }[order]
  if (year.length === 4) return dayOf(year, month, day)
  if (year.length !== 2) return impossible
  const guessed = dayOf(`${year < '70' ? '20' : '19'}${year}`, month, day)
  return isYearGuessed || !('value' in guessed) ? guessed : { fault: 'year_of_two_digits', suggested: guessed.value }
}

function readNamed(text: string): DateReading | undefined {
  const before = dayFirst.exec(text)
  if (before) return named({ year: before[3], month: before[2], day: before[1] })
  const after = monthFirst.exec(text)
  return after ? named({ year: after[3], month: after[1], day: after[2] }) : undefined
}

function named({ year = '', month = '', day = '' }: Partial<Record<'year' | 'month' | 'day', string | undefined>>) {
  const number = monthOf(month)
  return number === undefined ? malformed : inOrder([year, `${number}`, day], 'ymd', false)
}

/** What says less than a day: a month, as on packs of medicines, whose last day is meant; or a number of days. */
function readPartial(text: string): DateReading {
  const found = /^(\d{1,2})[-/. ](\d{4})$/.exec(text)
  const [year, month] = found ? [found[2], found[1]] : (/^(\d{4})[-/.](\d{1,2})$/.exec(text)?.slice(1, 3) ?? [])
  const first = year && month ? dayOf(year, month, '1') : malformed
  if ('value' in first) return { fault: 'date_without_day', suggested: lastOfMonth(first.value) }
  if (/^\d{4,5}(?:\.\d+)?$/.test(text))
    return { fault: 'date_is_serial', suggested: dayOfSerial(text.split('.')[0] ?? '') }
  return malformed
}

function lastOfMonth(first: string): string {
  return daysAfter(`${daysAfter(first, 31).slice(0, 7)}-01`, -1)
}

/** The day of a serial number of Excel, counted from 1900; null before March of that year, which it counts wrong. */
export function dayOfSerial(days: string): string | null {
  return days.length < 6 && +days > 60 ? daysAfter('1899-12-30', +days) : null
}

const lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function dayOf(year: string, month: string, day: string): DateReading {
  const [y, m, d] = [+year, +month, +day]
  const isShort = m === 2 && d === 29 && (y % 4 !== 0 || (y % 100 === 0 && y % 400 !== 0))
  if (y < 1900 || y > 2200 || m < 1 || d < 1 || d > (lengths[m - 1] ?? 0) || isShort) return impossible
  return { value: `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` }
}
