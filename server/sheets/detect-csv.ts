import { csvParser, type ParsedRow } from './parse-csv.ts'
import { type Delimiter, delimiters, type SheetFormat } from './sheet.ts'

export type CsvDialect = Pick<SheetFormat, 'delimiter' | 'quote'>

const mostCharacters = 128 * 1024
const mostRows = 200

/**
 * How the cells of a text are told apart: by what makes most of its rows equally long, and long. `isWhole` says that the sample is
 * the whole file. A first line `sep=;`, which spreadsheets understand, decides.
 */
export function detectDialect(sample: string, { isWhole }: { isWhole: boolean }): CsvDialect {
  const text = sample.slice(0, mostCharacters)
  const named = /^sep=([,;\t|])\r?\n/i.exec(text)?.[1] as Delimiter | undefined
  const quote = quoteOf(text)
  if (named) return { delimiter: named, quote }
  const isCut = !isWhole || text.length < sample.length
  const judged = delimiters
    .filter((delimiter) => text.includes(delimiter))
    .map((delimiter) => ({ delimiter, score: scoreOf(text, { delimiter, quote }, isCut) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
  return { delimiter: judged[0]?.delimiter ?? null, quote }
}

/** Single quotes only where they open and close cells and double ones do not: they are apostrophes more often. */
function quoteOf(text: string): '"' | "'" {
  const opened = (quote: string) =>
    countOf(text, new RegExp(`(?:^|[,;\\t|])${quote}[^${quote}\\n]*${quote}(?=[,;\\t|\\r\\n]|$)`, 'gm'))
  return opened("'") > 0 && opened('"') === 0 && !text.includes('"') ? "'" : '"'
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/** Near 0 where rows differ in length; more for longer rows. 0 where a row is one cell. */
function scoreOf(text: string, dialect: CsvDialect, isCut: boolean): number {
  const rows = csvParser(dialect)
    .take(text, !isCut)
    .slice(0, mostRows)
    .filter((row) => !isBlank(row))
  const lengths = new Map<number, number>()
  for (const { cells } of rows) lengths.set(cells.length, (lengths.get(cells.length) ?? 0) + 1)
  const [usual = 0, count = 0] =
    [...lengths].filter(([length]) => length > 1).toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? []
  if (usual < 2) return 0
  const misplaced = rows.filter((row) => row.misplaced !== undefined).length
  return ((count - misplaced) / rows.length) ** 2 * Math.log2(usual + 1)
}

/** Whether there is nothing in any cell of a row. */
export function isBlank({ cells }: Pick<ParsedRow, 'cells'>): boolean {
  return cells.every((cell) => cell === '' || cell.trim() === '')
}
