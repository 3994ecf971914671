import { words } from './words.ts'

/** Digits of the west in every language: tills, labels and receipts have them. */
const localeOf = () => `${words.language}-u-nu-latn`

/** An amount with its currency, exactly: the text of the server is formatted, never a float. */
export function money(amount: string, currency: string): string {
  return new Intl.NumberFormat(localeOf(), { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(
    amount as unknown as number,
  )
}

/** True of an amount or a quantity of nothing, however many zeros it has. */
export const isZero = (text: string): boolean => !/[1-9]/.test(text)

/** The price of one, with all the decimals it has beyond those of the currency. */
export function unitPrice(price: string, currency: string): string {
  const options = { style: 'currency', currency, currencyDisplay: 'narrowSymbol', maximumFractionDigits: 6 } as const
  return new Intl.NumberFormat(localeOf(), options).format(price as unknown as number)
}

/** A quantity as people write it, without zeros that say nothing. */
export function quantity(text: string, minimumFractionDigits = 0): string {
  return new Intl.NumberFormat(localeOf(), { minimumFractionDigits, maximumFractionDigits: 6 }).format(
    text as unknown as number,
  )
}

/** `12.5` as 12.5 %. */
export function percent(text: string): string {
  return `${quantity(text)} %`
}

/** Day and time in the zone of a branch. */
export function dateTime(instant: string | Date, timeZone: string): string {
  return new Intl.DateTimeFormat(localeOf(), { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    new Date(instant),
  )
}

/** The time of day in the zone of a branch. */
export function timeOfDay(instant: string | Date, timeZone: string): string {
  return new Intl.DateTimeFormat(localeOf(), { timeStyle: 'short', timeZone }).format(new Date(instant))
}

/** A calendar day, `2026-03-27`, which is in no zone. */
export function day(text: string): string {
  return new Intl.DateTimeFormat(localeOf(), { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${text}T00:00Z`),
  )
}

/** Today in a zone, as the server writes a day. */
export function todayIn(timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date())
}

/** How long ago or ahead, in the unit that says most. */
export function fromNow(instant: string | Date, now: Date = new Date()): string {
  const seconds = (new Date(instant).getTime() - now.getTime()) / 1_000
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? (['minute', 60] as const)
  return new Intl.RelativeTimeFormat(localeOf(), { numeric: 'auto' }).format(Math.round(seconds / length), unit)
}

/** The same in as little room as an axis has, without its year. */
export function shortDay(text: string): string {
  return new Intl.DateTimeFormat(localeOf(), { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${text}T00:00Z`),
  )
}

/** A month, `2026-03`, by its name. */
export function month(text: string): string {
  return new Intl.DateTimeFormat(localeOf(), { year: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${text}-01T00:00Z`),
  )
}

/** A number as short as an axis wants it. */
export function short(value: number): string {
  return new Intl.NumberFormat(localeOf(), { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}
