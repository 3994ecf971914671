import { crc32, deflateSync } from 'node:zlib'

type Size = Record<'width' | 'height', number>

/** A PNG of one colour, of so many pixels; with `claimed`, its head says others than it holds. */
export function pngOf({ width = 2, height = 2, claimed }: Partial<Size> & { claimed?: Size } = {}): Buffer {
  const said = claimed ?? { width, height }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(said.width, 0)
  head.writeUInt32BE(said.height, 4)
  head.writeUInt8(8, 8)
  const rows = Buffer.concat(Array.from({ length: height }, () => Buffer.from([0, ...Array(width).fill(128)])))
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

/** The head of a JPEG of so many pixels, behind a segment as a camera writes it, and its end. */
export function jpegOf({ width = 640, height = 480 } = {}): Buffer {
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0])
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  const start = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 2, 3, 4])
  return Buffer.concat([start, frame, Buffer.from([0xff, 0xda, 0, 2, 0, 0xff, 0xd9])])
}

/** A WebP of so many pixels: of a lossy frame, of a lossless one, or with a canvas for more. */
export function webpOf(kind: 'VP8 ' | 'VP8L' | 'VP8X', { width = 300, height = 200 } = {}): Buffer {
  const file = Buffer.alloc(44)
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(36, 4)
  file.write(`WEBP${kind}`, 8, 'latin1')
  file.writeUInt32LE(24, 16)
  if (kind === 'VP8 ') {
    file.writeUIntBE(0x9d012a, 23, 3)
    file.writeUInt16LE(width, 26)
    file.writeUInt16LE(height, 28)
  } else if (kind === 'VP8L') {
    file[20] = 0x2f
    file.writeUInt32LE(((height - 1) << 14) | (width - 1), 21)
  } else {
    file.writeUIntLE(width - 1, 24, 3)
    file.writeUIntLE(height - 1, 27, 3)
  }
  return file
}
