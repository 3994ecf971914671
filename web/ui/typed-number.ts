/** A number as people type it, with the digits and the decimal sign of their keyboard, as the server reads it. */
export function typedNumber(text: string): string {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[,٫]/g, '.')
}
