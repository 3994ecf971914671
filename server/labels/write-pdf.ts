import type { Content } from 'pdfmake/interfaces.js'
import { a4, type LabelSize } from './sizes.ts'

/** PDF measures in points, of which an inch has 72. */
const points = 72 / 25.4

/**
 * A PDF of labels: each kind is a picture that is kept once and printed as often as asked for. On sheets they go row by row from
 * the first position on.
 */
export async function writePdf(
  kinds: readonly { readonly png: Buffer; readonly copies: number }[],
  { size, firstPosition }: { size: LabelSize; firstPosition: number },
): Promise<{ pdf: Buffer; pages: number }> {
  const { width, height, sheet } = size
  const perPage = sheet ? sheet.columns * sheet.rows : 1
  const start = (firstPosition - 1) % perPage
  const images = Object.fromEntries(
    kinds.map(({ png }, at) => [`k${at}`, `data:image/png;base64,${png.toString('base64')}`]),
  )
  const names = kinds.flatMap(({ copies }, at) => Array.from({ length: copies }, () => `k${at}`))
  const content = names.map((image, at): Content => {
    const position = (start + at) % perPage
    const x = sheet ? sheet.left + (position % sheet.columns) * sheet.stepX : 0
    const y = sheet ? sheet.top + Math.floor(position / sheet.columns) * sheet.stepY : 0
    const placed = {
      image,
      width: width * points,
      height: height * points,
      absolutePosition: { x: x * points, y: y * points },
    }
    return position === 0 && at > 0 ? { ...placed, pageBreak: 'before' } : placed
  })
  const page = sheet ? a4 : size
  const pageSize = { width: page.width * points, height: page.height * points }
  const pdfmake = await loadPdfmake()
  const pdf = await pdfmake.createPdf({ pageSize, pageMargins: 0, images, content }).getBuffer()
  return { pdf, pages: Math.ceil((start + names.length) / perPage) }
}

/** Loaded when the first labels are printed: it takes a tenth of a start. Nothing is read from the network or the disk, whatever a label says. */
async function loadPdfmake() {
  const { default: pdfmake } = await import('pdfmake')
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy(() => false)
  return pdfmake
}
