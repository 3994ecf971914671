/**
 * The check digit behind the digits of a GTIN, SSCC or other GS1 number: from the right, every other digit counts three
 * times (GS1 General Specifications, 7.9.1).
 */
export function checkDigitOf(digits: string): number {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + (at % 2 === 0 ? 3 : 1) * digitOf(digit), 0)
  return (10 - (sum % 10)) % 10
}

/** True when the last digit is the check digit of those before it. */
export function hasCheckDigit(code: string): boolean {
  return digitOf(code.slice(-1)) === checkDigitOf(code.slice(0, -1))
}

/** The GTIN with 14 digits, as which EAN-8, UPC-A, EAN-13 and ITF-14 are compared. */
export function toGtin14(code: string): string {
  return code.padStart(14, '0')
}

/** The whole number that digits write. */
export function numberOf(digits: string): number {
  return [...digits].reduce((total, digit) => total * 10 + digitOf(digit), 0)
}

function digitOf(digit: string): number {
  return digit.charCodeAt(0) - 48
}
