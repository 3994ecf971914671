import type { SheetFormat } from './sheet.ts'

export interface ParsedRow {
  readonly number: number
  readonly cells: string[]
  /** The cell in which something stands between the closing quote and the delimiter. */
  readonly misplaced?: number
}

export interface CsvParser {
  /**
   * Takes the next piece of the text, and answers the rows that ended in it. What begins a row that does not end is kept.
   * Rows end with LF, CRLF or CR, also with one and then another.
   */
  readonly take: (text: string, isLast: boolean) => ParsedRow[]
  /** What is kept: how much of a row, in which line it begins, and whether it ends within quotes. */
  readonly left: () => { readonly characters: number; readonly number: number; readonly isQuoted: boolean }
}

const lineFeed = 10
const carriageReturn = 13
const none = -1

/** Where the reading of a piece of text stands. One object for all pieces: one for each row would cost a third of the speed. */
interface Reading {
  readonly delimiterCode: number
  readonly quoteCode: number
  readonly quote: string
  text: string
  isLast: boolean
  at: number
  /** Line ends of the row so far. */
  lines: number
  misplaced: number
  isQuoted: boolean
}

/** Reads rows out of text piece by piece (RFC 4180); lenient as spreadsheets are: a quote within a cell is a character. */
export function csvParser({ delimiter, quote }: Pick<SheetFormat, 'delimiter' | 'quote'>): CsvParser {
  const reading: Reading = {
    delimiterCode: delimiter === null ? none : delimiter.charCodeAt(0),
    quoteCode: quote === null ? none : quote.charCodeAt(0),
    quote: quote ?? '',
    text: '',
    isLast: false,
    at: 0,
    lines: 0,
    misplaced: none,
    isQuoted: false,
  }
  let kept = ''
  let line = 1
  return {
    take(piece, isLast) {
      const text = kept + piece
      Object.assign(reading, { text, isLast, at: 0, isQuoted: false })
      const rows: ParsedRow[] = []
      let done = 0
      while (reading.at < text.length) {
        const cells = rowAt(reading)
        if (!cells) break
        const { misplaced } = reading
        rows.push(misplaced < 0 ? { number: line, cells } : { number: line, cells, misplaced })
        line += reading.lines
        done = reading.at
      }
      kept = text.slice(done)
      reading.text = ''
      return rows
    },
    left: () => ({ characters: kept.length, number: line, isQuoted: reading.isQuoted }),
  }
}

/** Reads the cells of one row and what ends it; undefined where it does not end. */
function rowAt(reading: Reading): string[] | undefined {
  const { text, isLast, delimiterCode } = reading
  reading.lines = 0
  reading.misplaced = none
  const cells: string[] = []
  for (;;) {
    const cell = cellAt(reading, cells.length)
    if (cell === undefined) return undefined
    cells.push(cell)
    if (reading.at >= text.length) return cells
    const code = text.charCodeAt(reading.at++)
    if (code === delimiterCode) continue
    if (code === carriageReturn) {
      // Whether a line feed belongs to it stands in the next piece.
      if (reading.at === text.length && !isLast) return undefined
      if (text.charCodeAt(reading.at) === lineFeed) reading.at++
    }
    reading.lines++
    return cells
  }
}

function cellAt(reading: Reading, index: number): string | undefined {
  if (reading.at >= reading.text.length || reading.text.charCodeAt(reading.at) !== reading.quoteCode)
    return plainAt(reading)
  const value = quotedAt(reading)
  if (value === undefined) return undefined
  reading.lines += linesIn(value)
  const rest = plainAt(reading)
  if (!rest) return rest === undefined ? undefined : value
  reading.misplaced = index
  return value + rest
}

/** Reads on from a quote that opens a cell; the cell, or undefined where it does not end. */
function quotedAt(reading: Reading): string | undefined {
  const { text, isLast, quote, quoteCode } = reading
  let from = reading.at + 1
  let value = ''
  for (;;) {
    const close = text.indexOf(quote, from)
    if (close < 0 || (close + 1 === text.length && !isLast)) {
      reading.isQuoted = true
      return undefined
    }
    value += text.slice(from, close)
    reading.at = close + 1
    if (text.charCodeAt(reading.at) !== quoteCode) return value
    value += quote
    from = reading.at + 1
  }
}

/** Reads on to the end of a cell without quotes, or of what follows a closing quote. */
function plainAt(reading: Reading): string | undefined {
  const { text, isLast, delimiterCode, at: from } = reading
  const end = text.length
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === delimiterCode || code === lineFeed || code === carriageReturn) {
      reading.at = at
      return text.slice(from, at)
    }
  }
  reading.at = end
  return isLast ? text.slice(from, end) : undefined
}

function linesIn(cell: string): number {
  let count = 0
  for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count++
  for (let at = cell.indexOf('\r'); at >= 0; at = cell.indexOf('\r', at + 1)) {
    if (cell.charCodeAt(at + 1) !== lineFeed) count++
  }
  return count
}
