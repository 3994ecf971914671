import { z } from 'zod'
import { instant } from '../platform/schema.ts'
import type { PublicKey } from './keys.ts'
import type { Link } from './link.ts'

// An export is a file of JSON lines: what it holds, the public keys, the entries in order, the checkpoints.

const headerLine = z.strictObject({
  type: z.literal('export'),
  format: z.literal(1),
  from: instant.nullable(),
  until: instant.nullable(),
  from_seq: z.int().min(1),
  until_seq: z.int().min(1),
  /** When the export began, by the clock of the server. */
  exported_at: instant,
})

const keyLine = z.object({
  type: z.literal('key'),
  id: z.string(),
  public_key: z.base64(),
  endorsed_by: z.string().nullable(),
  endorsement: z.base64().nullable(),
})

const entryPrefix = '{"type":"entry",'

/** What an export says of itself in its first line; empty when that line is gone. */
export type ExportHeader = Partial<Omit<z.output<typeof headerLine>, 'type' | 'format'>>

interface ExportedEntry {
  readonly seq: number
  readonly body: string
  readonly previous_hash: string
  readonly hash: string
}

/** The first line of an export. */
export function headerLineOf(header: Required<ExportHeader>): string {
  return `${JSON.stringify({ type: 'export', format: 1, ...header })}\n`
}

/** The line of an entry. */
export function entryLineOf({ seq, previous_hash, hash, body }: ExportedEntry): string {
  return `${JSON.stringify({ type: 'entry', seq, previous_hash, hash, body })}\n`
}

/** The line of a public key, given as the operation `audit.list-signing-keys` answers it. */
export function keyLineOf(key: Omit<z.output<typeof keyLine>, 'type'>): string {
  const { id, public_key, endorsed_by, endorsement } = key
  return `${JSON.stringify({ type: 'key', id, public_key, endorsed_by, endorsement })}\n`
}

/** True for the line of an entry, which is not parsed for that. */
export function isEntryLine(text: string): boolean {
  return text.startsWith(entryPrefix)
}

/** The entry on a line; undefined when it is damaged. */
export function parseEntryLine(text: string): (Link & { number: number }) | undefined {
  try {
    const { type, seq, body, previous_hash: previousHash, hash } = JSON.parse(text)
    const isWhole = type === 'entry' && Number.isSafeInteger(seq) && seq > 0
    const isText = [body, previousHash, hash].every((value) => typeof value === 'string')
    return isWhole && isText ? { seq: String(seq), number: seq, body, previousHash, hash } : undefined
  } catch {
    return undefined
  }
}

/** The first line of an export; undefined when it is another or says what no export says. */
export function parseHeader(line: unknown): ExportHeader | undefined {
  const parsed = headerLine.safeParse(line)
  return parsed.success ? parsed.data : undefined
}

/** True for what takes itself for the first line of an export, right or wrong. */
export function isHeader(line: Record<string, unknown> | undefined): boolean {
  return line?.type === 'export'
}

/** The public key on a line, if there is one. */
export function parseKeyLine(line: unknown): PublicKey | undefined {
  const parsed = keyLine.safeParse(line)
  if (!parsed.success) return undefined
  const { id, public_key, endorsed_by: endorsedBy, endorsement } = parsed.data
  return {
    id,
    publicKey: Buffer.from(public_key, 'base64'),
    endorsedBy,
    endorsement: endorsement === null ? null : Buffer.from(endorsement, 'base64'),
  }
}
