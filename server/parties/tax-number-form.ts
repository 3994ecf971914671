/**
 * Whether a tax number, letters and digits alone, can be one of its country and scheme. Of schemes that are not in the table
 * nothing is known, so anything can.
 */
export function isTaxNumber({ country, scheme, number }: Record<'country' | 'scheme' | 'number', string>): boolean {
  return forms[`${country} ${scheme}`]?.(number) ?? true
}

type Form = (number: string) => boolean

const forms: Readonly<Record<string, Form>> = {
  // Identifiant commun de l'entreprise: nine digits of the company, four of the establishment, two of control.
  'MA ICE': (number) => /^\d{15}$/.test(number),
  'FR SIREN': (number) => /^\d{9}$/.test(number) && hasLuhnDigit(number),
  'FR VAT': isFrenchVat,
  // Registro Federal de Contribuyentes: letters of the name, the day it was made or born, and three more.
  'MX RFC': (number) => /^[A-Z]{3,4}\d{6}[A-Z0-9]{3}$/.test(number),
  'AR CUIT': isArgentineCuit,
  'CO NIT': isColombianNit,
}

/** FR, a key of two characters, and the SIREN; where the key is of digits it is (12 + 3 × SIREN) mod 97. */
function isFrenchVat(number: string): boolean {
  const [, key = '', siren = ''] = /^FR([0-9A-HJ-NP-Z]{2})(\d{9})$/.exec(number) ?? []
  if (siren === '' || !hasLuhnDigit(siren)) return false
  return !/^\d\d$/.test(key) || BigInt(key) === (12n + 3n * BigInt(siren)) % 97n
}

/** The last digit is 11 less the rest, 0 for 11; numbers whose digit would be 10 are not given out. */
function isArgentineCuit(number: string): boolean {
  if (!/^\d{11}$/.test(number)) return false
  return (11n - restOf(number, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2])) % 11n === lastOf(number)
}

/** Nine digits, or ten with that of verification, which people leave out now and then: 11 less the rest, a rest of 0 or 1 itself. */
function isColombianNit(number: string): boolean {
  if (/^\d{9}$/.test(number)) return true
  if (!/^\d{10}$/.test(number)) return false
  const rest = restOf(number, [41, 37, 29, 23, 19, 17, 13, 7, 3])
  return (rest < 2n ? rest : 11n - rest) === lastOf(number)
}

/** The weighted sum of the digits, modulo 11. */
function restOf(number: string, weights: readonly number[]): bigint {
  return weights.reduce((total, weight, at) => total + BigInt(weight) * BigInt(number[at] ?? '0'), 0n) % 11n
}

function lastOf(number: string): bigint {
  return BigInt(number.slice(-1))
}

/** ISO/IEC 7812-1, annex B. */
function hasLuhnDigit(number: string): boolean {
  const digits = [...number].toReversed().map((digit, at) => BigInt(digit) * (at % 2 === 1 ? 2n : 1n))
  return digits.reduce((sum, digit) => sum + (digit > 9n ? digit - 9n : digit), 0n) % 10n === 0n
}
