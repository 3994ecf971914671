import { hasCheckDigit, numberOf } from './check-digit.ts'
import { type Gs1Field, hasKnownLength, identifierOf, unknownField } from './gs1-identifiers.ts'

/** One application identifier with its value, as it was read. */
export interface Gs1Element {
  readonly ai: string
  readonly title: string
  readonly value: string
}

/** What an element string says, read. Days are YYYY-MM-DD, measures decimal strings in the unit their name ends with. */
export interface Gs1Content {
  readonly elements: readonly Gs1Element[]
  readonly gtin: string | null
  /** The GTIN of what is inside a logistic unit, AI 02; AI 37 counts it. */
  readonly content: string | null
  readonly lot: string | null
  readonly serial: string | null
  readonly produced_on: string | null
  readonly packed_on: string | null
  readonly best_before_on: string | null
  readonly expires_on: string | null
  readonly count: string | null
  readonly measure: { readonly name: string; readonly value: string } | null
  readonly price: string | null
  /** The number of its currency, ISO 4217, as 978; null where the label does not say it. */
  readonly price_currency: string | null
}

/** Why a text is no element string that can be trusted. */
export type Gs1Fault = { readonly fault: 'malformed' | 'check_digit' | 'date' }

const separator = '\u001d'
// Symbology identifiers of GS1-128, DataMatrix, QR, DataBar and DotCode: what reads one says that GS1 data follow.
const symbology = /^\](?:C1|d2|Q3|e0|J1)/
// GS1 General Specifications, 7.11: character set 82, without the separator.
const invariant = /^[!"%-?A-Z_a-z]+$/

/** True for a text that claims to be an element string: marked by the scanner, bracketed, separated, or a GTIN and more. */
export function looksLikeGs1(text: string): boolean {
  return symbology.test(text) || /^\(\d{2,4}\)/.test(text) || text.includes(separator) || /^0[12]\d{14}./.test(text)
}

/**
 * Reads an element string, with separators (FNC1 as the character GS) or brackets. `today` decides the century of a day
 * (GS1 General Specifications, 7.12). The same identifier twice with two values is malformed.
 */
export function readGs1(text: string, today: string): Gs1Content | Gs1Fault {
  const found = text.startsWith('(') ? splitBracketed(text) : splitSeparated(text.replace(symbology, ''))
  if (!found || found.length === 0) return { fault: 'malformed' }
  const elements = found.map(({ ai, value, field }) => ({ ai, title: field.title, value }))
  const byAi = new Map(elements.map(({ ai, value }) => [ai, value]))
  if (elements.some(({ ai, value }) => byAi.get(ai) !== value)) return { fault: 'malformed' }
  if (['00', '01', '02'].some((ai) => byAi.has(ai) && !hasCheckDigit(byAi.get(ai) ?? '')))
    return { fault: 'check_digit' }
  const days = new Map(['11', '13', '15', '17'].map((ai) => [ai, dayOf(byAi.get(ai), today)]))
  const fromHours = dayOf(byAi.get('7003')?.slice(0, 6), today)
  if ([...days.values(), fromHours].includes(undefined)) return { fault: 'date' }
  // Of trade: what is sold and not what is carried.
  const measure = elements.find(({ ai }) => /^(31[0-6]|32|35[0-267]|36[014-6])/.test(ai) && ai.length === 4)
  const price = elements.find(({ ai }) => /^39[23]\d$/.test(ai))
  const isCurrencySaid = price?.ai.startsWith('393') ?? false
  const count = plainCount(byAi.get('37') ?? byAi.get('30'))
  if (count === '0') return { fault: 'malformed' }
  return {
    elements,
    gtin: byAi.get('01') ?? null,
    content: byAi.get('02') ?? null,
    lot: byAi.get('10') ?? null,
    serial: byAi.get('21') ?? null,
    produced_on: days.get('11') ?? null,
    packed_on: days.get('13') ?? null,
    best_before_on: days.get('15') ?? null,
    expires_on: days.get('17') ?? fromHours ?? null,
    count,
    measure: measure ? { name: measure.title, value: withPoint(measure.value, measure.ai) } : null,
    price: price ? withPoint(isCurrencySaid ? price.value.slice(3) : price.value, price.ai) : null,
    price_currency: isCurrencySaid ? (price?.value.slice(0, 3) ?? null) : null,
  }
}

interface Found {
  readonly ai: string
  readonly field: Gs1Field
  readonly value: string
}

function splitSeparated(text: string): Found[] | undefined {
  const found: Found[] = []
  let rest = withoutSeparator(text)
  while (rest !== '') {
    const named = identifierOf(rest) ?? unknownBefore(rest, found.length > 0)
    if (!named) return undefined
    const { ai, field } = named
    const behind = rest.slice(ai.length)
    const length = lengthOf(named, behind)
    const value = behind.slice(0, length)
    if (!fits(field, value)) return undefined
    found.push({ ai, field, value })
    rest = withoutSeparator(behind.slice(length))
  }
  return found
}

/**
 * An identifier that the table does not hold, after one that it does: up to the next separator or the end it is kept as it
 * stands, with the two digits that its identifier begins with, for how many it has nobody can tell.
 */
function unknownBefore(rest: string, isInside: boolean): Omit<Found, 'value'> | undefined {
  const ai = rest.slice(0, 2)
  return isInside && /^\d\d$/.test(ai) && !hasKnownLength(ai) ? { ai, field: unknownField } : undefined
}

function lengthOf({ ai, field }: Omit<Found, 'value'>, behind: string): number {
  const end = behind.indexOf(separator)
  if (hasKnownLength(ai)) return field.longest
  return end === -1 ? behind.length : end
}

function withoutSeparator(text: string): string {
  return text.startsWith(separator) ? text.slice(1) : text
}

function splitBracketed(text: string): Found[] | undefined {
  const found: Found[] = []
  const parts = text.split(/\((\d{2,4})\)/)
  if (parts[0] !== '') return undefined
  for (let at = 1; at < parts.length; at += 2) {
    const [ai = '', value = ''] = [parts[at], parts[at + 1]?.replaceAll(separator, '')]
    const named = identifierOf(ai) ?? { ai, field: unknownField }
    if (named.ai !== ai || !fits(named.field, value)) return undefined
    found.push({ ai, field: named.field, value })
  }
  return found
}

function fits({ digits, shortest, longest }: Gs1Field, value: string): boolean {
  return value.length >= shortest && value.length <= longest && (digits ? /^\d+$/ : invariant).test(value)
}

/**
 * YYMMDD as a day; undefined for none of the calendar, null where nothing was given. Day 00 is the last of its month. The
 * year is the one within 49 years behind and 50 years ahead of this year.
 */
function dayOf(given: string | undefined, today: string): string | null | undefined {
  if (given === undefined) return null
  const [year, month, day] = [given.slice(0, 2), given.slice(2, 4), given.slice(4, 6)]
  const thisYear = numberOf(today.slice(0, 4))
  const ahead = numberOf(year) - (thisYear % 100)
  const whole = String(thisYear + ahead + turnOf(ahead))
  if (month < '01' || month > '12') return undefined
  const last = lastDayOf(numberOf(whole), numberOf(month))
  if (day === '00') return `${whole}-${month}-${last}`
  return numberOf(day) <= last ? `${whole}-${month}-${day}` : undefined
}

/** The years by which a year so far ahead of this one lies in another century. */
function turnOf(ahead: number): number {
  if (ahead >= 51) return -100
  return ahead <= -50 ? 100 : 0
}

function lastDayOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

function plainCount(digits: string | undefined): string | null {
  return digits === undefined ? null : withoutZeros(digits)
}

/** The digits with as many decimals as the last digit of the identifier says. */
function withPoint(digits: string, ai: string): string {
  return pointed(digits, numberOf(ai.slice(-1)))
}

/** A decimal string of digits of which the last so many are decimals, without zeros that say nothing. */
export function pointed(digits: string, decimals: number): string {
  const padded = digits.padStart(decimals + 1, '0')
  const whole = withoutZeros(padded.slice(0, padded.length - decimals))
  const rest = decimals === 0 ? '' : padded.slice(-decimals).replace(/0+$/, '')
  return rest === '' ? whole : `${whole}.${rest}`
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '')
}
