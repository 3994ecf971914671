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
const unfinished = -1

/** Reads rows out of text piece by piece (RFC 4180); lenient as spreadsheets are: a quote within a cell is a character. */
export function csvParser({ delimiter, quote }: Pick<SheetFormat, 'delimiter' | 'quote'>): CsvParser {
  const delimiterCode = delimiter === null ? unfinished : delimiter.charCodeAt(0)
  const quoteCode = quote === null ? unfinished : quote.charCodeAt(0)
  let kept = ''
  let line = 1
  let isQuoted = false

  // These are of one piece of text; they stand here because a closure for each row would cost a third of the speed.
  let text = ''
  let end = 0
  let isLast = false
  let at = 0
  let lines = 0
  let misplaced = unfinished

  /** Reads on from a quote that opens a cell; the cell, or undefined where it does not end. */
  function quotedCell(): string | undefined {
    let from = at + 1
    let value = ''
    for (;;) {
      const close = text.indexOf(quote ?? '', from)
      if (close < 0 || (close + 1 === end && !isLast)) {
        isQuoted = true
        return undefined
      }
      value += text.slice(from, close)
      at = close + 1
      if (text.charCodeAt(at) !== quoteCode) return value
      value += quote
      from = at + 1
    }
  }

  /** Reads on to the end of a cell without quotes, or of what follows a closing quote. */
  function plainCell(): string | undefined {
    const from = at
    for (; at < end; at++) {
      const code = text.charCodeAt(at)
      if (code === delimiterCode || code === lineFeed || code === carriageReturn) return text.slice(from, at)
    }
    return isLast ? text.slice(from, end) : undefined
  }

  function cellAt(index: number): string | undefined {
    if (text.charCodeAt(at) !== quoteCode || at >= end) return plainCell()
    const value = quotedCell()
    if (value === undefined) return undefined
    lines += linesIn(value)
    const rest = plainCell()
    if (!rest) return rest === undefined ? undefined : value
    misplaced = index
    return value + rest
  }

  /** Reads the cells of one row and what ends it; undefined where it does not end. */
  function rowAt(): string[] | undefined {
    const cells: string[] = []
    for (;;) {
      const cell = cellAt(cells.length)
      if (cell === undefined) return undefined
      cells.push(cell)
      if (at >= end) return cells
      const code = text.charCodeAt(at)
      at++
      if (code === delimiterCode) continue
      if (code === carriageReturn) {
        // Whether a line feed belongs to it stands in the next piece.
        if (at === end && !isLast) return undefined
        if (text.charCodeAt(at) === lineFeed) at++
      }
      lines++
      return cells
    }
  }

  return {
    take(piece, last) {
      text = kept + piece
      end = text.length
      isLast = last
      at = 0
      isQuoted = false
      const rows: ParsedRow[] = []
      let done = 0
      while (at < end) {
        lines = 0
        misplaced = unfinished
        const cells = rowAt()
        if (!cells) break
        rows.push(misplaced < 0 ? { number: line, cells } : { number: line, cells, misplaced })
        line += lines
        done = at
      }
      kept = text.slice(done)
      text = ''
      return rows
    },
    left: () => ({ characters: kept.length, number: line, isQuoted }),
  }
}

function linesIn(cell: string): number {
  let count = 0
  for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count++
  for (let at = cell.indexOf('\r'); at >= 0; at = cell.indexOf('\r', at + 1)) {
    if (cell.charCodeAt(at + 1) !== lineFeed) count++
  }
  return count
}
