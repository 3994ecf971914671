import { refusal } from '../platform/refusal.ts'

export const barcodeUnknown = refusal('barcode_unknown', 404, 'Nothing has this code')
export const gs1DateInvalid = refusal('gs1_date_invalid', 422, 'A date in the code is no day of the calendar')
export const gs1Malformed = refusal('gs1_malformed', 422, 'These are no GS1 element strings')
export const quantityZero = refusal('quantity_zero', 422, 'A quantity is above zero')
export const unitMismatch = refusal('unit_mismatch', 422, 'This is not counted in that unit')
export const wrongCheckDigit = refusal('wrong_check_digit', 422, 'The check digit does not fit the digits before it')
