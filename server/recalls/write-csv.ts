/**
 * A table as CSV (RFC 4180), in UTF-8 with a mark in front, for spreadsheets take it for another encoding without. What
 * would be taken for a formula has an apostrophe before it, but for numbers.
 */
export function writeCsv(header: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  return `\u{feff}${[header, ...rows].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')}`
}

function cellOf(value: string | null): string {
  const text = value ?? ''
  const safe = /^[=+\-@\t]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
