import bwip from 'bwip-js/node'
import { refuse } from '../platform/refusal.ts'
import type { Barcode } from './choose-symbol.ts'
import { symbolTooWide } from './contract.ts'
import type { LabelSize } from './sizes.ts'

/** What stands on a label. */
export interface Label {
  readonly name: string
  readonly price: string | null
  /** The price by kilogram or the like. */
  readonly byMeasure: string | null
  /** Lot, last day, options: short lines of small print. */
  readonly details: readonly string[]
  readonly symbol: Barcode
}

/** Dots in a millimetre: as printers of 300 dots an inch have them. */
const dots = 12
const margin = 2 * dots
/** Of the narrowest bar or dot, and how far it is enlarged where there is room: a quarter to half a millimetre. */
const narrowest = 3
const widest = 6
/** Modules that stay white on both sides of bars; of a matrix, on all sides. GS1 General Specifications, 5.2.3.4, 5.4.3 and 5.6. */
const quietBars = 11
const quietMatrix = 2
const family = 'DejaVu Sans Condensed'

/** Draws a label as SVG, a dot of the printer a unit. Refuses with `label_too_small` a barcode for which there is no room. */
export function drawLabel(label: Label, size: LabelSize): string {
  const [width, height] = [Math.floor(size.width * dots), Math.floor(size.height * dots)]
  const room = width - 2 * margin
  const small = Math.max(22, Math.floor(height * 0.062))
  const nameSize = Math.max(28, Math.floor(height * 0.1))
  const lines = wrap(label.name, { size: nameSize, room, most: height < 25 * dots ? 1 : 2 })
  const parts: string[] = []
  let y = margin
  for (const line of lines) {
    y += nameSize
    parts.push(text(line, { y, size: nameSize, bold: true, width }))
  }
  const priceSize = Math.floor(nameSize * 1.35)
  const notes = [...label.details, ...(label.byMeasure === null ? [] : [label.byMeasure])]
  const notesRoom = label.price === null ? room : room * 0.48
  const below = y + Math.floor(small * 0.4)
  notes.forEach((note, at) => {
    parts.push(text(shorten(note, small, notesRoom), { y: below + small * (at + 1), size: small, width, at: 'start' }))
  })
  if (label.price !== null) {
    const most = room - (notes.length > 0 ? notesRoom : 0)
    const shrunk = Math.min(priceSize, Math.floor((priceSize * most) / widthOf(label.price, priceSize, true)))
    parts.push(text(label.price, { y: below + shrunk, size: shrunk, bold: true, width, at: 'end' }))
  }
  const used = Math.max(notes.length * small, label.price === null ? 0 : priceSize)
  parts.push(drawSymbol(label.symbol, { top: below + used + Math.floor(small * 0.5), width, height, small }))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="${width}" height="${height}" fill="#fff"/>${parts.join('')}</svg>`
}

interface Room {
  readonly top: number
  readonly width: number
  readonly height: number
  readonly small: number
}

function drawSymbol(symbol: Barcode, room: Room): string {
  const [found] = bwip.raw(symbol.bcid, symbol.text, { parse: symbol.bcid.startsWith('gs1') })
  if (found === undefined) throw new Error(`there is no barcode of ${symbol.bcid}`)
  return 'pixs' in found ? drawMatrix(found, symbol, room) : drawBars(found.sbs, symbol, room)
}

/** Bars as high as there is room, at least 5 mm, and what they say below them. */
function drawBars(widths: readonly number[], { caption }: Barcode, { top, width, height, small }: Room): string {
  const modules = widths.reduce((sum, one) => sum + one, 0)
  const module = Math.min(widest, Math.floor(width / (modules + 2 * quietBars)))
  const bottom = height - margin - Math.floor(small * 1.2)
  if (module < narrowest || bottom - top < 5 * dots) refuse(symbolTooWide)
  let x = Math.floor((width - modules * module) / 2)
  const bars = widths.map((one, at) => {
    const bar = at % 2 === 0 ? `M${x} ${top}h${one * module}V${bottom}h${-one * module}z` : ''
    x += one * module
    return bar
  })
  const written = text(shorten(caption.join(''), small, width - 2 * margin), {
    y: height - margin,
    size: small,
    width,
    at: 'middle',
  })
  return `<path d="${bars.join('')}" shape-rendering="crispEdges"/>${written}`
}

interface Matrix {
  readonly pixs: readonly number[]
  readonly pixx: number
  readonly pixy: number
}

/** A matrix at the left, as large as there is room, and what it says beside it, a field a line. */
function drawMatrix({ pixs, pixx, pixy }: Matrix, { caption }: Barcode, { top, width, height, small }: Room): string {
  const free = Math.min(height - margin - top, width - 2 * margin)
  const module = Math.min(2 * widest, Math.floor(free / (pixy + 2 * quietMatrix)))
  if (module < narrowest) refuse(symbolTooWide)
  const [left, first] = [margin + quietMatrix * module, top + quietMatrix * module]
  const cells = pixs.map((dark, at) => {
    const [x, y] = [left + (at % pixx) * module, first + Math.floor(at / pixx) * module]
    return dark ? `M${x} ${y}h${module}v${module}h${-module}z` : ''
  })
  const beside = left + (pixx + quietMatrix) * module
  const fields = caption.map((field, at) => {
    const said = shorten(field, small, width - margin - beside)
    return `<text x="${beside}" y="${first + small * 1.3 * (at + 1)}" font-family="${family}" font-size="${small}">${escaped(said)}</text>`
  })
  return `<path d="${cells.join('')}" shape-rendering="crispEdges"/>${fields.join('')}`
}

interface Placed {
  readonly y: number
  readonly size: number
  readonly width: number
  readonly bold?: boolean
  readonly at?: 'start' | 'middle' | 'end'
}

/** A line of text. What begins from right to left stands at the right, embedded so that numbers in it keep their place. */
function text(content: string, { y, size, width, bold = false, at }: Placed): string {
  const isRtl = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(content)
  const anchor = at ?? (isRtl ? 'end' : 'start')
  const x = { start: margin, middle: width / 2, end: width - margin }[anchor]
  const said = isRtl ? `\u{202b}${content}\u{202c}` : content
  const font = `font-family="${family}" font-size="${size}"${bold ? ' font-weight="bold"' : ''}`
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${font}>${escaped(said)}</text>`
}

/** Words in at most so many lines; what does not fit ends in an ellipsis. */
function wrap(content: string, { size, room, most }: { size: number; room: number; most: number }): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of content.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && lines.length < most - 1 && widthOf(longer, size, true) > room) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line].map((one) => shorten(one, size, room, true))
}

function shorten(content: string, size: number, room: number, bold = false): string {
  if (widthOf(content, size, bold) <= room) return content
  const letters = [...new Intl.Segmenter().segment(content)].map(({ segment }) => segment)
  let kept = letters.length - 1
  while (kept > 0 && widthOf(`${letters.slice(0, kept).join('')}…`, size, bold) > room) kept -= 1
  return `${letters.slice(0, kept).join('')}…`
}

/** How wide a text is at most in our font: by the widest letters of a few classes, in parts of its size. */
function widthOf(content: string, size: number, bold: boolean): number {
  let parts = 0
  for (const letter of content) parts += partOf(letter)
  return parts * size * (bold ? 1 : 0.92)
}

/** The width of a letter in bold. Marks stand on the letter before them. */
function partOf(letter: string): number {
  if (/\p{M}/u.test(letter)) return 0
  if (/[ iljI.,:;'’|!()\-/]/u.test(letter)) return 0.42
  if (/[rtfsJ]/u.test(letter)) return 0.54
  if (/[mwMW@%…œŒæÆ—]/u.test(letter)) return 0.98
  if (/\p{Lu}/u.test(letter)) return 0.76
  return /[\p{L}\p{N}]/u.test(letter) && letter < '\u{1100}' ? 0.65 : 1
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
