import { once } from 'node:events'
import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { Refusal, refuse } from '../platform/refusal.ts'
import { assertUnpackable } from './read-bytes.ts'
import { archiveTooLarge, rowTooLong, sheetUnreadable } from './refusals.ts'
import type { SheetLimits } from './sheet.ts'

export interface Archive {
  readonly has: (part: string) => boolean
  /** Reads the XML of a part piece by piece; the handlers are called while it is read, and it answers after each piece. */
  readonly read: (part: string, handlers: XmlHandlers) => AsyncGenerator<void, void>
  readonly close: () => Promise<void>
}

/** Names come without what stands before a colon. */
export interface XmlHandlers {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void
  readonly close?: (name: string) => void
  readonly text?: (text: string) => void
}

const mostParts = 10_000

/** Opens an archive of XML. All that is unpacked of it is held against the limits while it is unpacked. */
export async function openArchive(path: string, limits: SheetLimits): Promise<Archive> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }).catch(
    unreadable,
  )
  try {
    const parts = await partsOf(zip)
    const sizes = { packed: zip.fileSize, unpacked: 0 }
    return {
      has: (part) => parts.has(part.toLowerCase()),
      read: (part, handlers) => readPart(zip, parts.get(part.toLowerCase()), { handlers, sizes, limits }),
      async close() {
        if (!zip.isOpen) return
        const closed = once(zip, 'close')
        zip.close()
        await closed
      },
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

async function partsOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  if (zip.entryCount > mostParts) refuse(archiveTooLarge)
  const parts = new Map<string, Entry>()
  try {
    for await (const entry of zip.eachEntry()) parts.set(entry.fileName.toLowerCase(), entry)
  } catch (error) {
    unreadable(error)
  }
  return parts
}

async function* readPart(
  zip: ZipFile,
  entry: Entry | undefined,
  {
    handlers,
    sizes,
    limits,
  }: { handlers: XmlHandlers; sizes: { packed: number; unpacked: number }; limits: SheetLimits },
): AsyncGenerator<void, void> {
  if (!entry || entry.isEncrypted()) refuse(sheetUnreadable)
  const stream = await zip.openReadStreamPromise(entry).catch(unreadable)
  const parser = parserOf(handlers)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      sizes.unpacked += piece.length
      assertUnpackable(sizes, limits)
      // What has no end is kept until it ends.
      if (parser.write(decoder.decode(piece, { stream: true })) > limits.row_characters) refuse(rowTooLong)
      yield
    }
    parser.close()
    yield
  } catch (error) {
    unreadable(error)
  } finally {
    stream.destroy()
  }
}

/** A parser that says how much it took since it last told something. */
function parserOf(handlers: XmlHandlers) {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false })
  let silent = 0
  parser.on('opentag', ({ name, attributes }: SaxesTagPlain) => {
    silent = 0
    handlers.open?.(localName(name), attributes)
  })
  parser.on('closetag', ({ name }) => {
    silent = 0
    handlers.close?.(localName(name))
  })
  parser.on('text', (text) => handlers.text?.(text))
  parser.on('cdata', (text) => handlers.text?.(text))
  parser.on('error', (error) => {
    throw error
  })
  return {
    write(text: string): number {
      silent += text.length
      parser.write(text)
      return silent
    },
    close: () => parser.close(),
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** What the archive and its XML are said to be wrong with is wrong with the file; what is not of the file is thrown on. */
function unreadable(error: unknown): never {
  if (error instanceof Refusal) throw error
  const { code, message = '' } = error as { code?: string; message?: string }
  if (code !== undefined && /^E[A-Z]+$/.test(code)) throw error
  refuse(/too many bytes/.test(message) ? archiveTooLarge : sheetUnreadable)
}
