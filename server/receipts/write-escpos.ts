import CodepageEncoder, { type Codepage } from '@point-of-sale/codepage-encoder'
import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder'
import { paintDots } from '../painting/index.ts'
import { drawBlocks } from './draw-blocks.ts'
import { type Block, type Layout, layOut } from './lay-out.ts'
import type { Receipt } from './receipt.ts'

/** Letters that fit side by side: on paper of 58 mm 32, of 80 mm 42 or 48. */
export type Columns = 32 | 42 | 48

/** Dots of a letter of font A, 12 by 24. */
const dotsPerLetter = 12
// Those that printers of this language usually know, for the languages of Europe; tried in this order.
const codepages: Codepage[] = [
  'cp437',
  'cp858',
  'windows1252',
  'windows1250',
  'cp866',
  'windows1251',
  'windows1253',
  'windows1254',
]
const known = new Set(codepages.flatMap((page) => CodepageEncoder.getCodepoints(page, true)))

/**
 * A receipt as bytes for a printer that speaks ESC/POS. It is sent as text, in whichever code pages hold its letters; where
 * none does, as for Arabic, or the language is written from the right, as a picture, which every such printer prints. It
 * cuts the paper, and opens the drawer first where that is asked for.
 */
export async function writeEscpos(
  receipt: Receipt,
  locale: string,
  { columns, opens_drawer }: { columns: Columns; opens_drawer: boolean },
): Promise<Uint8Array> {
  const layout = layOut(receipt, locale)
  const printer = new ReceiptPrinterEncoder({
    columns,
    language: 'esc-pos',
    codepageMapping: 'epson',
    codepageCandidates: codepages,
    imageMode: 'raster',
    feedBeforeCut: 4,
  })
  printer.initialize().codepage('auto')
  if (opens_drawer && receipt.copy === null) printer.pulse()
  if (isPlain(layout)) for (const block of layout.blocks) writeBlock(printer, block, columns)
  else await writePictures(printer, layout, columns)
  return printer.cut('partial').encode()
}

function isPlain({ direction, blocks }: Layout): boolean {
  if (direction === 'rtl') return false
  const texts = blocks.flatMap((block) => {
    if (block.kind === 'rule') return []
    return block.kind === 'pair' ? [block.left, block.right] : [block.text]
  })
  return texts.every((text) => [...plain(text)].every((letter) => known.has(letter.codePointAt(0) ?? 0)))
}

function writeBlock(printer: ReceiptPrinterEncoder, block: Block, columns: Columns): void {
  switch (block.kind) {
    case 'heading':
      printer.align('center').bold(true).height(2)
      printer.line(plain(block.text)).height(1).bold(false).align('left')
      return
    case 'centred':
      printer
        .align('center')
        .bold(block.strong ?? false)
        .line(plain(block.text))
        .bold(false)
        .align('left')
      return
    case 'pair':
      printer.bold(block.strong ?? false)
      for (const line of pairLines(plain(block.left), plain(block.right), columns)) printer.line(line)
      printer.bold(false)
      return
    case 'text':
      printer.line(plain(block.text))
      return
    case 'rule':
      printer.line('-'.repeat(columns))
      return
    case 'barcode':
      printer.align('center').barcode(block.text, 'code128', { height: 60, text: 'below' }).align('left')
  }
}

/** Something at the left, in as many lines as it takes, and an amount at the right of the last one. A long name goes on below. */
export function pairLines(left: string, right: string, columns: number): string[] {
  const widest = Math.floor((columns * 2) / 3)
  if (right.length > widest) {
    const end = endOfLine(right, widest)
    return [...pairLines(left, right.slice(0, end), columns), ...pairLines('', right.slice(end).trimStart(), columns)]
  }
  const room = columns - right.length - 1
  if (left.length <= room) return [`${left}${' '.repeat(columns - left.length - right.length)}${right}`]
  const end = endOfLine(left, columns)
  return [left.slice(0, end), ...pairLines(left.slice(end).trimStart(), right, columns)]
}

/** Where a text is cut to fit: between words where it can be. */
function endOfLine(text: string, columns: number): number {
  const cut = text.lastIndexOf(' ', columns)
  return cut > text.search(/\S/) ? cut : columns
}

/** Painted a band at a time, so that the longest receipt takes no more memory than a short one. */
async function writePictures(printer: ReceiptPrinterEncoder, { direction, blocks }: Layout, columns: Columns) {
  for (let from = 0; from < blocks.length; from += 40) {
    const dots = await paintDots(
      drawBlocks(blocks.slice(from, from + 40), { width: columns * dotsPerLetter, direction }),
    )
    printer.image({ ...dots }, { algorithm: 'threshold', threshold: 160, mode: 'raster' })
  }
}

/** Without what steers the writing of a text and blanks that code pages do not know. */
function plain(text: string): string {
  return text
    .replaceAll(/[\u00a0\u2007\u2009\u202f]/gu, ' ')
    .replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .replaceAll('\u2212', '-')
    .replaceAll('×', 'x')
    .replaceAll('’', "'")
}
