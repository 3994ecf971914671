/** Text that a spreadsheet opens as a table: quoted where needed, formulas defused, with the mark that says UTF-8. */
export function csvOf(rows: readonly (readonly (string | null | undefined)[])[]): string {
  return `\uFEFF${rows.map((row) => row.map((cell) => quoted(cell ?? '')).join(',')).join('\r\n')}\r\n`
}

/** A cell that begins like a formula is text for a spreadsheet only behind an apostrophe; a number stays one. */
function quoted(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) && !/^-?\d+([.,]\d+)?$/.test(cell) ? `'${cell}` : cell
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Gives the person a file. */
export function download(name: string, content: string | Blob, type = 'text/csv;charset=utf-8'): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content)
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
