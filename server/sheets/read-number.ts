import { money, toText } from '../platform/money.ts'
import type { DecimalSign } from './sheet.ts'

export type NumberReading =
  | { readonly value: string }
  | {
      readonly fault: 'number_malformed' | 'decimal_sign_wrong' | 'decimal_ambiguous'
      readonly suggested: string | null
    }

const malformed = { fault: 'number_malformed', suggested: null } as const
const ambiguous = { fault: 'decimal_ambiguous', suggested: null } as const

/**
 * Reads a number as people and programs write it: grouped by threes, with a minus before or behind it or in parentheses, in
 * Arabic digits, with an exponent. The value is a decimal string without what does not count: no group signs, no zeros around it,
 * never -0. With `decimal` null it reads what can be read in one way only.
 */
export function readNumber(text: string, decimal: DecimalSign | null): NumberReading {
  if (decimal === '.' && plain.test(text)) return { value: trimmed(text) }
  const written = writtenAs(text)
  if (written === undefined) return malformed
  if (written.exponent !== '') return withExponent(written)
  const signs = decimal === null ? signsOf(written) : [decimal]
  if (signs.length === 2 && hasSign(written.digits)) return ambiguous
  const value = signs[0] && decimalOf(written, signs[0])
  if (value !== undefined) return { value }
  const other = decimalOf(written, decimal === ',' ? '.' : ',')
  return other === undefined || decimal === null ? malformed : { fault: 'decimal_sign_wrong', suggested: other }
}

/** The decimal signs with which a text is a number: none where it is no number, both where it may have either. */
export function decimalSignsOf(text: string): readonly DecimalSign[] {
  const written = writtenAs(text)
  if (written === undefined) return []
  return written.exponent === '' ? signsOf(written) : both
}

/** Whether there is a sign in the text that may be a decimal sign. */
export function hasSign(text: string): boolean {
  return /[.,\u066b]/.test(text)
}

const both = ['.', ','] as const

interface Written {
  /** Digits with points and commas; blanks and apostrophes between groups are taken out. */
  readonly digits: string
  readonly isNegative: boolean
  /** Whether blanks or apostrophes made groups, so that no other sign does. */
  readonly isGrouped: boolean
  readonly exponent: string
}

const plain = /^-?\d+(?:\.\d+)?$/
const shape = /^([+-]?)([\d.,]+(?:[ '][\d.,]+)*)(?:[eE]([+-]?\d{1,3}))?(-?)$/

function writtenAs(text: string): Written | undefined {
  const inParentheses = /^\s*\((.*)\)\s*$/.exec(text)?.[1]
  const found = shape.exec(asciiOf(inParentheses ?? text))
  if (!found || (found[1] !== '' && (found[4] !== '' || inParentheses !== undefined))) return undefined
  const groups = (found[2] ?? '').split(/[ ']/)
  const digits = groups.join('')
  const isGrouped = groups.length > 1
  if (!/\d/.test(digits) || (isGrouped && !areGroups(groups))) return undefined
  const isNegative = found[1] === '-' || found[4] === '-' || inParentheses !== undefined
  return { digits, isNegative, isGrouped, exponent: found[3] ?? '' }
}

function areGroups(groups: readonly string[]): boolean {
  const last = groups.at(-1) ?? ''
  const between = groups.slice(1, -1)
  return (
    /^\d{1,3}$/.test(groups[0] ?? '') &&
    between.every((group) => /^\d{3}$/.test(group)) &&
    /^\d{3}([.,]\d*)?$/.test(last)
  )
}

/** With ASCII digits and signs, one blank for any, and a sign of Arabic decimals that cannot be taken for another. */
function asciiOf(text: string): string {
  return text
    .trim()
    .replaceAll(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replaceAll(/[\u2212\u2013\ufe63\uff0d]/g, '-')
    .replaceAll(/[\u00a0\u202f\u2009\u066c]/g, ' ')
    .replaceAll(/[\u2019\u02bc]/g, "'")
    .replaceAll('\u066b', ',')
    .replace(/^([+-]) +/, '$1')
    .replace(/ +-$/, '-')
}

function signsOf({ digits, isGrouped }: Written): readonly DecimalSign[] {
  const signs = both.filter((sign) => isWritten(digits, sign))
  if (signs.length < 2) return signs
  const sign = /[.,]/.exec(digits)?.[0]
  if (sign === undefined) return signs
  // One sign, with three digits behind it: between groups it is the decimal sign, else it may be either.
  return isGrouped ? both.filter((one) => one === sign) : signs
}

function isWritten(digits: string, decimal: DecimalSign): boolean {
  return (decimal === '.' ? point : comma).test(digits)
}

// A group never begins with 0: 0,125 is no whole number.
const point = /^(?:\d*\.\d+|\d+\.?|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)$/
const comma = /^(?:\d*,\d+|\d+,?|[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?)$/

function decimalOf({ digits, isNegative, isGrouped }: Written, decimal: DecimalSign): string | undefined {
  if (!isWritten(digits, decimal)) return undefined
  const group = decimal === '.' ? ',' : '.'
  if (isGrouped && digits.includes(group)) return undefined
  const value = digits.replaceAll(group, '').replace(',', '.')
  return trimmed(`${isNegative ? '-' : ''}${value}`)
}

function withExponent({ digits, isNegative, exponent }: Written): NumberReading {
  if (!/^\d+(?:[.,]\d+)?$/.test(digits) || exponent.replace(/\D/, '').length > 2) return malformed
  const value = toText(money(`${digits.replace(',', '.')}e${exponent}`))
  return { value: trimmed(`${isNegative ? '-' : ''}${value}`) }
}

/** Without zeros that do not count. */
function trimmed(number: string): string {
  const first = number.charCodeAt(number.charCodeAt(0) === 45 ? 1 : 0)
  const isShort = first !== 48 && first !== 46
  if (isShort && !number.includes('.')) return number
  const found = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(number)
  const whole = found?.[2] || '0'
  const decimals = found?.[3] ? `.${found[3]}` : ''
  return whole === '0' && decimals === '' ? '0' : `${found?.[1] ?? ''}${whole}${decimals}`
}
