import bwip from 'bwip-js/node'
import type { Block } from './lay-out.ts'

const family = 'DejaVu Sans Condensed'
const size = 24
const lineHeight = 32
const margin = 8

interface Page {
  /** In dots of the printer. */
  readonly width: number
  readonly direction: 'ltr' | 'rtl'
}

/** Blocks as SVG, a dot of the printer a unit, written in the direction of the receipt; the height is a multiple of 8. */
export function drawBlocks(blocks: readonly Block[], page: Page): string {
  const parts: string[] = []
  let y = 0
  for (const block of blocks) {
    const drawn = drawBlock(block, page, y)
    parts.push(drawn.svg)
    y += drawn.height
  }
  const height = Math.ceil(y / 8) * 8
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${page.width}" height="${height}"><rect width="${page.width}" height="${height}" fill="#fff"/>${parts.join('')}</svg>`
}

function drawBlock(block: Block, page: Page, y: number): { svg: string; height: number } {
  const { width } = page
  switch (block.kind) {
    case 'heading':
      return drawLines(wrap(block.text, width - 2 * margin, 1.4), page, { y, at: 'middle', scale: 1.4, strong: true })
    case 'centred':
      return drawLines(wrap(block.text, width - 2 * margin, 1), page, {
        y,
        at: 'middle',
        scale: 1,
        strong: block.strong,
      })
    case 'text':
      return drawLines(wrap(block.text, width - 2 * margin, 1), page, { y, at: 'begin', scale: 1 })
    case 'pair':
      return drawPair(block, page, y)
    case 'rule': {
      const dashes = `<path d="M${margin} ${y + 12}H${width - margin}" stroke="#000" stroke-width="2" stroke-dasharray="8 6"/>`
      return { svg: dashes, height: 24 }
    }
    case 'barcode':
      return drawBarcode(block.text, page, y)
  }
}

interface Placed {
  readonly y: number
  readonly at: 'begin' | 'middle' | 'end'
  readonly scale: number
  readonly strong?: boolean | undefined
}

function drawLines(lines: readonly string[], page: Page, { y, ...placed }: Placed): { svg: string; height: number } {
  const step = lineHeight * placed.scale
  const svg = lines.map((line, at) => drawText(line, page, { ...placed, y: y + step * at })).join('')
  return { svg, height: step * lines.length }
}

/** The amount stands at the end of the last line of what it is of; a long name takes two thirds, in as many lines. */
function drawPair(block: Extract<Block, { kind: 'pair' }>, page: Page, y: number): { svg: string; height: number } {
  const { strong } = block
  const room = page.width - 3 * margin
  const rights = wrap(block.right, (room * 2) / 3, 1)
  const lefts = wrap(block.left, room - Math.max(...rights.map((line) => widthOf(line, 1))), 1)
  const lines = Math.max(lefts.length, rights.length)
  const placed = { scale: 1, strong }
  const left = drawLines(lefts, page, { ...placed, y, at: 'begin' })
  const right = drawLines(rights, page, { ...placed, y: y + (lines - rights.length) * lineHeight, at: 'end' })
  return { svg: `${left.svg}${right.svg}`, height: lines * lineHeight }
}

/** A line of text at the side where the receipt begins or ends. */
function drawText(content: string, { width, direction }: Page, { y, at, scale, strong }: Placed): string {
  const isRtl = direction === 'rtl'
  const sides = isRtl ? (['end', 'start'] as const) : (['start', 'end'] as const)
  const anchor = { begin: sides[0], middle: 'middle' as const, end: sides[1] }[at]
  const x = { start: margin, middle: width / 2, end: width - margin }[anchor]
  const font = `font-family="${family}" font-size="${size * scale}"${strong ? ' font-weight="bold"' : ''}`
  return `<text x="${x}" y="${y + size * scale}" text-anchor="${anchor}" ${font} xml:space="preserve">${escaped(content)}</text>`
}

function drawBarcode(text: string, { width }: Page, y: number): { svg: string; height: number } {
  const [found] = bwip.raw('code128', text, {})
  if (!found || !('sbs' in found)) throw new Error(`there are no bars of ${text}`)
  const modules = found.sbs.reduce((sum, one) => sum + one, 0)
  const module = Math.max(1, Math.min(2, Math.floor((width - 4 * margin) / modules)))
  let x = Math.floor((width - modules * module) / 2)
  const bars = found.sbs.map((one, at) => {
    const bar = at % 2 === 0 ? `M${x} ${y + 8}h${one * module}v60h${-one * module}z` : ''
    x += one * module
    return bar
  })
  const [line = ''] = directed([text])
  const said = drawText(line, { width, direction: 'ltr' }, { y: y + 68, at: 'middle', scale: 0.8 })
  return { svg: `<path d="${bars.join('')}" shape-rendering="crispEdges"/>${said}`, height: 104 }
}

/** A text in lines that are no wider than the room, all in the direction of its own letters. */
function wrap(content: string, room: number, scale: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of content.split(/(?<=\s)(?=\S)/).flatMap((one) => pieces(one, room, scale))) {
    if (line !== '' && widthOf(`${line}${word}`.trimEnd(), scale) > room) {
      lines.push(line)
      line = word
    } else line += word
  }
  return directed([...lines, line].map((one) => one.trimEnd()))
}

const [isolate, endOfIsolate] = ['\u{2068}', '\u{2069}']

/** Lines of one text, all in the direction of the first letter that is not isolated; what is isolated stays so where it goes on below. */
function directed(lines: readonly string[]): string[] {
  const first = /[\p{L}\u{200f}]/u.exec(lines.join(' ').replaceAll(/\u{2068}[^\u{2069}]*\u{2069}/gu, ''))?.[0] ?? ''
  const embedding = /[\p{Script=Arabic}\p{Script=Hebrew}\u{200f}]/u.test(first) ? '\u{202b}' : '\u{202a}'
  let isOpen = false
  return lines.map((line) => {
    const begun = isOpen ? `${isolate}${line}` : line
    isOpen = begun.lastIndexOf(isolate) > begun.lastIndexOf(endOfIsolate)
    return `${embedding}${begun}${isOpen ? endOfIsolate : ''}\u{202c}`
  })
}

/** A word that is wider than the paper, in pieces that are not. */
function pieces(word: string, room: number, scale: number): string[] {
  const found = ['']
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const longer = `${found.at(-1)}${segment}`
    if (widthOf(longer, scale) <= room) found[found.length - 1] = longer
    else found.push(segment)
  }
  return found
}

/** How wide a text is at most in our font. */
function widthOf(content: string, scale: number): number {
  let parts = 0
  for (const letter of content) {
    if (/\p{M}|\p{Cf}/u.test(letter)) continue
    if (/[mwMW@%…œŒæÆ—]/u.test(letter) || letter >= '\u{1100}') parts += 1
    else parts += /[ iljI.,:;'|!()\-/]/u.test(letter) ? 0.42 : 0.7
  }
  return parts * size * scale
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
