import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { jpegOf, pngOf, webpOf } from '../../tests/harness/pictures.ts'
import { readPicture } from './read-picture.ts'

const png = pngOf({ width: 3, height: 5 })
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
const size = (width: number, height: number) => ({ width, height })

const table: [what: string, bytes: Buffer, answer: object][] = [
  ['a PNG', png, { type: 'image/png', ...size(3, 5) }],
  ['a JPEG', jpegOf(), { type: 'image/jpeg', ...size(640, 480) }],
  ['a JPEG with what a telephone adds', Buffer.concat([jpegOf(), Buffer.from('SEFT')]), { type: 'image/jpeg' }],
  ['a lossy WebP', webpOf('VP8 '), { type: 'image/webp', ...size(300, 200) }],
  ['a lossless WebP', webpOf('VP8L', size(16_383, 1)), { fault: 'dimensions' }],
  ['a small lossless WebP', webpOf('VP8L', size(9_999, 4_000)), { type: 'image/webp', ...size(9_999, 4_000) }],
  ['a WebP with a canvas', webpOf('VP8X', size(10_000, 4_000)), { type: 'image/webp', ...size(10_000, 4_000) }],
  ['an SVG', Buffer.from(svg), { fault: 'type' }],
  ['an SVG as XML', Buffer.from(`<?xml version="1.0"?>${svg}`), { fault: 'type' }],
  ['a GIF', Buffer.from('GIF89a\u0001\u0000\u0001\u0000', 'latin1'), { fault: 'type' }],
  ['a page', Buffer.from('<!doctype html><script>alert(1)</script>'), { fault: 'type' }],
  ['nothing', Buffer.alloc(0), { fault: 'type' }],
  ['something packed', deflateSync(Buffer.alloc(1_000)), { fault: 'type' }],
  ['a PNG by its signature only', png.subarray(0, 8), { fault: 'malformed' }],
  ['a PNG cut short', png.subarray(0, -1), { fault: 'malformed' }],
  ['a PNG with an archive behind it', Buffer.concat([png, Buffer.from('PK\u0003\u0004')]), { fault: 'malformed' }],
  ['a PNG of no pixels', pngOf({ claimed: size(0, 5) }), { fault: 'malformed' }],
  [
    'a JPEG without a frame',
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 2, 0, 0, 0, 0, 0xff, 0xd9]),
    { fault: 'malformed' },
  ],
  ['a JPEG cut short', jpegOf().subarray(0, -2), { fault: 'malformed' }],
  ['a WebP cut short', webpOf('VP8L').subarray(0, 40), { fault: 'malformed' }],
  ['a WebP of an unknown kind', webpOf('VP9 ' as 'VP8 '), { fault: 'malformed' }],
  ['a PNG that unpacks to gigabytes', pngOf({ claimed: size(50_000, 50_000) }), { fault: 'dimensions' }],
  ['a PNG of the largest numbers', pngOf({ claimed: size(4_294_967_295, 4_294_967_295) }), { fault: 'dimensions' }],
  ['a JPEG of too many pixels', jpegOf(size(9_000, 9_000)), { fault: 'dimensions' }],
]

test.each(table)('%s is what it is', (_, bytes, answer) => {
  expect(readPicture(bytes)).toMatchObject(answer)
})

test('no bytes make it fail, whatever stands behind a known head', () => {
  for (const one of [png, jpegOf(), webpOf('VP8 '), webpOf('VP8L'), webpOf('VP8X')]) {
    for (let length = 0; length <= one.length; length++) {
      expect(() => readPicture(one.subarray(0, length))).not.toThrow()
      const broken = Buffer.from(one)
      broken.fill(0xff, length)
      expect(() => readPicture(broken)).not.toThrow()
    }
  }
})
