/** What somebody typed as a decimal: a comma or point between, spaces and digits of any script left to themselves; '' for what
 * is none, or has more decimals than it may have, as thousands parted by a comma seem to. */
export function decimalText(typed: string, decimals = 6): string {
  const digits = typed
    .trim()
    .replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replaceAll(/[\s\u00a0\u202f']/g, '')
    .replace(/[,٫]/, '.')
  if (!/^\d{1,12}(\.\d{1,6})?$|^\.\d{1,6}$/.test(digits)) return ''
  if ((digits.split('.')[1] ?? '').length > decimals) return ''
  return digits.startsWith('.') ? `0${digits}` : digits.replace(/^0+(?=\d)/, '')
}
