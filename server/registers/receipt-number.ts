/** The number of a receipt: the code of its register and its sequence there, with six digits at least: `R1-000042`. */
export function receiptNumberOf(registerCode: string, sequence: string): string {
  return `${registerCode}-${sequence.padStart(6, '0')}`
}
