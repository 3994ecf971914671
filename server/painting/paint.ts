import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

const require = createRequire(import.meta.url)
let ready: Promise<Uint8Array[]> | undefined

/** Paints an SVG as PNG with the fonts that come with this program, whatever the machine has. */
export function paintPng(svg: string): Promise<Buffer> {
  return paint(svg, (image) => Buffer.from(image.asPng()))
}

/** Paints an SVG in the same way as dots: red, green, blue and opacity of each, row by row. */
export function paintDots(svg: string): Promise<{ data: Uint8Array; width: number; height: number }> {
  return paint(svg, ({ pixels, width, height }) => ({ data: Uint8Array.from(pixels), width, height }))
}

async function paint<T>(svg: string, read: (image: ReturnType<InstanceType<typeof Resvg>['render']>) => T): Promise<T> {
  ready ??= load()
  const fontBuffers = await ready
  const painter = new Resvg(svg, {
    font: { fontBuffers, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans Condensed' },
  })
  const image = painter.render()
  try {
    return read(image)
  } finally {
    image.free()
    painter.free()
  }
}

async function load(): Promise<Uint8Array[]> {
  await initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')))
  const files = ['DejaVuSansCondensed.ttf', 'DejaVuSansCondensed-Bold.ttf']
  return Promise.all(files.map((file) => readFile(require.resolve(`dejavu-fonts-ttf/ttf/${file}`))))
}
