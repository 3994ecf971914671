import { money, toText } from '../platform/money.ts'
import { daysAfter } from '../platform/time.ts'

/** What the style of a cell makes of its number; `padded` is a code that is shown with zeros before it. */
export type NumberStyle = 'number' | 'date' | 'time' | { readonly digits: number }

// The formats that have a number and no text; the others of these mean numbers (ECMA-376, 18.8.30).
const builtIn = (id: number): NumberStyle => {
  if ((id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return 'date'
  return (id >= 18 && id <= 21) || (id >= 45 && id <= 47) ? 'time' : 'number'
}

/** What a format shows, by its id and, of those that a workbook defines, by its text. */
export function styleOf(id: number, format: string | undefined): NumberStyle {
  if (format === undefined) return builtIn(id)
  const [first = ''] = format.replaceAll(/"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]/gi, '').split(';')
  if (/^0{2,}$/.test(first)) return { digits: first.length }
  if (/general/i.test(first)) return 'number'
  if (/[dy]/i.test(first) || /^m+$/i.test(first.trim())) return 'date'
  return /[hs]/i.test(first) ? 'time' : 'number'
}

/** The text of a number as the spreadsheet shows it when nothing is hidden: with 15 digits, days as YYYY-MM-DD, times as HH:MM:SS. */
export function showNumber(text: string, style: NumberStyle, { isFrom1904 }: { isFrom1904: boolean }): string {
  if (style === 'number') return digitsOf(text)
  if (typeof style === 'object') return /^\d+$/.test(text) ? text.padStart(style.digits, '0') : digitsOf(text)
  return momentOf(+text, { isFrom1904, isTime: style === 'time' }) ?? digitsOf(text)
}

/** Spreadsheets count with 15 digits and keep 17: what lies behind them is the rest of a binary fraction. */
function digitsOf(text: string): string {
  if (/^-?\d{1,15}$/.test(text) || (text.length < 16 && /^-?\d+\.\d+$/.test(text))) return text
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text)) return text
  return toText(money(text).toSignificantDigits(15))
}

const daySeconds = 86_400

function momentOf(
  serial: number,
  { isFrom1904, isTime }: { isFrom1904: boolean; isTime: boolean },
): string | undefined {
  if (!(serial >= 0 && serial < 110_000)) return undefined
  const seconds = Math.floor(serial * daySeconds + 0.5)
  const days = Math.floor(seconds / daySeconds)
  const time = clockOf(seconds % daySeconds)
  if (isTime && days === 0) return time
  const day = isFrom1904 ? daysAfter('1904-01-01', days) : dayFrom1900(days)
  return day && (seconds % daySeconds === 0 ? day : `${day}T${time}`)
}

/** Excel believes that 1900 had a 29 February, day 60. */
function dayFrom1900(days: number): string | undefined {
  if (days === 0 || days === 60) return undefined
  return daysAfter(days < 60 ? '1899-12-31' : '1899-12-30', days)
}

function clockOf(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return parts.map((part) => `${part}`.padStart(2, '0')).join(':')
}
