import { createHash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Refusal, refuse } from '../platform/refusal.ts'
import { archiveTooLarge, archiveUnreadable, fileChanged } from './refusals.ts'
import type { SheetLimits } from './sheet.ts'

const pieceBytes = 128 * 1024
/** Below this a file may become as much larger as it likes: a small one that holds the same row again and again does. */
const harmlessBytes = 32 * 1024 ** 2

/** What a file is now: another inode, size or time of change means that it is another file. */
interface Identity {
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
}

/**
 * The bytes of a file, unpacked if `isGzipped`, piece by piece; a piece is there until the next is asked for. Refuses with `file_changed` at the end if the file is no longer what
 * it was at the beginning, or is not what the hash says, and with `archive_too_large` as soon as more is unpacked than is taken.
 */
export async function* readBytes(
  path: string,
  { isGzipped, limits, sha256 }: { isGzipped: boolean; limits: SheetLimits; sha256?: string | undefined },
): AsyncGenerator<Buffer, void> {
  const handle = await open(path)
  try {
    const before = await handle.stat({ bigint: true })
    const hash = sha256 === undefined ? undefined : createHash('sha256')
    // What is unpacked is read ahead; of the rest each piece may lie where the last one did.
    const next = isGzipped ? () => Buffer.allocUnsafe(pieceBytes) : sameBuffer()
    const pieces = piecesOf(handle, next, (piece) => hash?.update(piece))
    yield* isGzipped ? unpacked(pieces, limits) : pieces
    await assertUnchanged(path, before)
    if (hash && hash.digest('hex') !== sha256) refuse(fileChanged)
  } finally {
    await handle.close()
  }
}

/** What a file is at this moment, to be held against later with `assertUnchanged`. */
export function identify(path: string): Promise<Identity> {
  return stat(path, { bigint: true })
}

/** Refuses with `file_changed` where a file is not what it was. */
export async function assertUnchanged(path: string, before: Identity): Promise<void> {
  const after = await identify(path).catch(() => undefined)
  const isSame = after?.ino === before.ino && after.size === before.size && after.mtimeNs === before.mtimeNs
  if (!isSame) refuse(fileChanged)
}

/** Says no as soon as more is unpacked than is taken, of so many bytes that were packed. */
export function assertUnpackable(sizes: { packed: number; unpacked: number }, limits: SheetLimits): void {
  const isTooLarge = sizes.unpacked > limits.unpacked_bytes
  const isBomb = sizes.unpacked > harmlessBytes && sizes.unpacked > sizes.packed * limits.unpacked_ratio
  if (isTooLarge || isBomb) refuse(archiveTooLarge)
}

function sameBuffer(): () => Buffer {
  const buffer = Buffer.allocUnsafe(pieceBytes)
  return () => buffer
}

async function* piecesOf(
  handle: FileHandle,
  next: () => Buffer,
  seen: (piece: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(next(), 0, pieceBytes, position)
    if (bytesRead === 0) return
    position += bytesRead
    const piece = buffer.subarray(0, bytesRead)
    seen(piece)
    yield piece
  }
}

async function* unpacked(packed: AsyncIterable<Buffer>, limits: SheetLimits): AsyncGenerator<Buffer, void> {
  const gunzip = createGunzip({ chunkSize: pieceBytes })
  const running = pipeline(packed, gunzip)
  // What goes wrong there is thrown by the loop.
  running.catch(() => undefined)
  let bytes = 0
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      bytes += piece.length
      assertUnpackable({ packed: gunzip.bytesWritten, unpacked: bytes }, limits)
      yield piece
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    const { code } = error as { code?: string }
    if (code?.startsWith('Z_')) refuse(archiveUnreadable)
    throw error
  } finally {
    gunzip.destroy()
    await running.catch(() => undefined)
  }
}
