export { checkDigitOf, hasCheckDigit } from './check-digit.ts'
export { inStoreKey } from './in-store-code.ts'
export { barcodeKey, type Dimension, dimensions, keysOfCode, readCode, scanRefusals } from './read-code.ts'
export {
  barcodeUnknown,
  gs1DateInvalid,
  gs1Malformed,
  quantityZero,
  unitMismatch,
  wrongCheckDigit,
} from './refusals.ts'
