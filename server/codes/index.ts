export { checkDigitOf, hasCheckDigit, toGtin14 } from './check-digit.ts'
export { type Gs1Content, looksLikeGs1, pointed, readGs1 } from './gs1.ts'
