export const types = ['image/png', 'image/jpeg', 'image/webp'] as const

/** What the bytes of a picture say of it, in pixels. */
export interface Picture {
  readonly type: (typeof types)[number]
  readonly width: number
  readonly height: number
}

/** Why bytes are no picture that is taken: of another kind, cut short or broken, or too many pixels to be unpacked. */
export type PictureFault = { readonly fault: 'type' | 'malformed' | 'dimensions' }

const longestSide = 10_000
const mostPixels = 40_000_000

/**
 * Reads the head of a PNG, JPEG or WebP: what it is, by its bytes and not by its name, and how large it unpacks. Nothing is
 * unpacked. An SVG, which may hold scripts, is of another kind.
 */
export function readPicture(bytes: Buffer): Picture | PictureFault {
  const [type, read] = readers.find(([, , isOne]) => isOne(bytes)) ?? []
  if (!type || !read) return { fault: 'type' }
  const size = read(bytes)
  if (!size || size.width === 0 || size.height === 0) return { fault: 'malformed' }
  const { width, height } = size
  if (Math.max(width, height) > longestSide || width * height > mostPixels) return { fault: 'dimensions' }
  return { type, width, height }
}

type Size = Pick<Picture, 'width' | 'height'>
type Reader = [Picture['type'], (bytes: Buffer) => Size | undefined, (bytes: Buffer) => boolean]

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

const readers: readonly Reader[] = [
  ['image/png', sizeOfPng, (bytes) => bytes.subarray(0, 8).equals(pngSignature)],
  ['image/jpeg', sizeOfJpeg, (bytes) => bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))],
  ['image/webp', sizeOfWebp, (bytes) => textAt(bytes, 0) === 'RIFF' && textAt(bytes, 8) === 'WEBP'],
]

/** PNG Specification, 5.6 and 11.2: IHDR is the first chunk and IEND the last, with nothing behind it. */
function sizeOfPng(bytes: Buffer): Size | undefined {
  if (bytes.length < 45 || textAt(bytes, 12) !== 'IHDR' || textAt(bytes, bytes.length - 8) !== 'IEND') return undefined
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

/** ITU-T T.81, B.1 and B.2: segments up to the frame header, whose marker is one of C0 to CF without C4, C8 and CC. */
function sizeOfJpeg(bytes: Buffer): Size | undefined {
  const end = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]))
  for (let at = 2; at + 9 < end; ) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) at += 1
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    else at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

/** RFC 9649, 2.5 to 2.7: the size of what follows, then a lossy frame, a lossless one, or the canvas of both. */
function sizeOfWebp(bytes: Buffer): Size | undefined {
  if (bytes.length < 30 || bytes.readUInt32LE(4) + 8 > bytes.length) return undefined
  switch (textAt(bytes, 12)) {
    case 'VP8 ':
      if (bytes.readUIntBE(23, 3) !== 0x9d012a) return undefined
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      if (bytes[20] !== 0x2f) return undefined
      const packed = bytes.readUInt32LE(21)
      return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4)
}
