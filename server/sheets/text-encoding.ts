import { isAscii, isUtf8 } from 'node:buffer'
import { refuse } from '../platform/refusal.ts'
import { encodingMixed } from './refusals.ts'
import type { Encoding } from './sheet.ts'

export interface DecodedText {
  readonly text: string
  /** Where in the text something stands that cannot be: a NUL, or what is not of the encoding. */
  readonly broken?: { readonly code: 'nul_bytes' | 'encoding_mixed'; readonly at: number }
}

const replacement = '\ufffd'

/** Makes text of bytes, piece by piece; a mark of the byte order at the beginning is left out. */
export async function* decodePieces(
  bytes: AsyncIterable<Buffer>,
  encoding: Encoding,
): AsyncGenerator<DecodedText, void> {
  const decode = decoderOf(encoding)
  for await (const piece of bytes) yield decode(piece)
  const rest = decode(undefined)
  if (rest.text !== '' || rest.broken) yield rest
}

/** Makes text of the beginning of a file; what is cut off at its end is left out. */
export function decodeStart(bytes: Buffer, encoding: Encoding): DecodedText {
  return decoderOf(encoding)(bytes)
}

function decoderOf(encoding: Encoding): (piece: Buffer | undefined) => DecodedText {
  if (encoding === 'iso-8859-1') return (piece) => checked(piece?.toString('latin1') ?? '')
  const decoder = new TextDecoder(encoding, { fatal: true })
  const lenient = new TextDecoder(encoding)
  return (piece) => {
    let text: string
    try {
      text = piece ? decoder.decode(piece, { stream: true }) : decoder.decode()
    } catch {
      return brokenText(lenient.decode(fromLetter(piece ?? Buffer.alloc(0), encoding)))
    }
    return checked(text)
  }
}

function checked(text: string): DecodedText {
  const at = text.indexOf('\0')
  return at < 0 ? { text } : { text, broken: { code: 'nul_bytes', at } }
}

/** Without what ends a letter that the piece before began: it is no fault of this one. */
function fromLetter(piece: Buffer, encoding: Encoding): Buffer {
  if (encoding !== 'utf-8') return piece
  const first = piece.subarray(0, 3).findIndex((byte) => byte < 0x80 || byte >= 0xc0)
  return piece.subarray(first < 0 ? 3 : first)
}

function brokenText(text: string): DecodedText {
  const at = text.indexOf(replacement)
  const nul = text.indexOf('\0')
  if (nul >= 0 && nul < at) return { text, broken: { code: 'nul_bytes', at: nul } }
  return { text, broken: { code: 'encoding_mixed', at: Math.max(at, 0) } }
}

/** The encoding that a mark of the byte order says; undefined where there is none. */
export function encodingOfMark(bytes: Buffer): Encoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined
}

/**
 * UTF-16 without a mark: of its blanks, digits, delimiters and line ends every other byte is NUL, in any language. Undefined for
 * all else.
 */
export function wideEncodingOf(bytes: Buffer): Encoding | undefined {
  const nuls = { even: 0, odd: 0 }
  const lines = { little: 0, big: 0, other: 0 }
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0) nuls[at % 2 === 0 ? 'even' : 'odd']++
    else if (bytes[at] === 0x0a || bytes[at] === 0x0d) lines[lineKind(bytes, at)]++
  }
  const [many, few] = [bytes.length / 20, bytes.length / 100]
  if (nuls.odd > many && nuls.even < few && lines.little > 10 * (lines.big + lines.other)) return 'utf-16le'
  return nuls.even > many && nuls.odd < few && lines.big > 10 * (lines.little + lines.other) ? 'utf-16be' : undefined
}

function lineKind(bytes: Buffer, at: number): 'little' | 'big' | 'other' {
  if (at % 2 === 0) return bytes[at + 1] === 0 ? 'little' : 'other'
  return bytes[at - 1] === 0 ? 'big' : 'other'
}

export interface NarrowTally {
  /** Letters beyond ASCII that are well-formed UTF-8, and bytes that are not. */
  wellFormed: number
  malformed: number
  /** Bytes that Windows-1252 gives no letter. */
  unassigned: number
}

/** Counts, of all the bytes of a file, what tells UTF-8 from the encodings of one byte a letter. */
export async function tallyNarrow(pieces: AsyncIterable<Buffer>): Promise<NarrowTally> {
  const tally = { wellFormed: 0, malformed: 0, unassigned: 0 }
  let cut: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes = cut.length === 0 ? piece : Buffer.concat([cut, piece])
    const whole = bytes.subarray(0, bytes.length - cutLetterBytes(bytes))
    cut = Buffer.from(bytes.subarray(whole.length))
    tallyPiece(whole, tally)
  }
  tallyPiece(cut, tally)
  return tally
}

/**
 * The encoding of a file of one byte a letter, or of UTF-8. Refuses with `encoding_mixed` where some of it is UTF-8 and some is
 * not: of text in one of the others hardly anything is well-formed UTF-8 by chance.
 */
export function narrowEncodingOf({ wellFormed, malformed, unassigned }: NarrowTally): Encoding {
  if (malformed === 0) return 'utf-8'
  if (wellFormed * 100 >= malformed && wellFormed > 0) refuse(encodingMixed)
  return unassigned > 0 ? 'iso-8859-1' : 'windows-1252'
}

/** How many bytes at the end begin a letter of UTF-8 that does not end there. */
function cutLetterBytes(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return letterBytes(byte) > back ? back : 0
  }
  return 0
}

function letterBytes(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}

function tallyPiece(bytes: Buffer, tally: NarrowTally): void {
  if (isAscii(bytes)) return
  if (isUtf8(bytes)) {
    for (const byte of bytes) if (byte >= 0xc0) tally.wellFormed++
    return
  }
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte < 0x80) continue
    const length = letterBytes(byte)
    if (length > 1 && isUtf8(bytes.subarray(at, at + length)) && at + length <= bytes.length) {
      tally.wellFormed++
      at += length - 1
      continue
    }
    tally.malformed++
    if (unassigned.has(byte)) tally.unassigned++
  }
}

const unassigned: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

/** Makes bytes of text. A letter that the encoding does not have becomes a question mark. */
export function encoderOf(encoding: Encoding): (text: string) => Buffer {
  switch (encoding) {
    case 'utf-8':
      return (text) => Buffer.from(text, 'utf8')
    case 'utf-16le':
      return (text) => Buffer.from(text, 'utf16le')
    case 'utf-16be':
      return (text) => Buffer.from(text, 'utf16le').swap16()
    default:
      return narrowEncoder(encoding)
  }
}

/** The mark of the byte order that files in this encoding begin with, so that spreadsheets know it. */
export function markOf(encoding: Encoding): string {
  return encoding.startsWith('utf') ? '\ufeff' : ''
}

function narrowEncoder(encoding: 'windows-1252' | 'iso-8859-1'): (text: string) => Buffer {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const letters =
    encoding === 'iso-8859-1' ? bytes.toString('latin1') : new TextDecoder(encoding, { fatal: true }).decode(bytes)
  const byteOf = new Map(Array.from(letters, (letter, byte) => [letter, byte]))
  return (text) => Buffer.from(Array.from(text, (letter) => byteOf.get(letter) ?? 0x3f))
}
