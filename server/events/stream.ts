import { PassThrough } from 'node:stream'
import type { NounName } from './nouns.ts'

const reconnectMs = 3_000

/** What a listener reads: server-sent events. It holds one message that waits, however slow its reader is. */
export interface Stream {
  readonly body: PassThrough
  /** Says that these nouns changed, up to this entry of the chain. */
  tell(resources: Iterable<NounName>, seq: number): void
  /** Says that anything may have changed. */
  reset(seq: number): void
  /** Keeps the connection open; false when the reader has taken nothing for two beats. */
  beat(): boolean
  end(): void
}

/** A stream whose first message, `ready`, says where it begins once that is known. */
export function openStream(): Stream & { begin(seq: number): void } {
  const body = new PassThrough()
  const waiting = new Set<NounName>()
  let waits: { readonly event: 'changed' | 'reset'; readonly seq: number } | undefined
  let isReady = false
  let isStuck = false
  body.on('drain', () => {
    isStuck = false
    flush()
  })
  body.on('error', () => {})
  return { body, begin, tell, reset, beat, end: () => body.end() }

  function begin(seq: number): void {
    isReady = true
    if (waits) waits = { ...waits, seq: Math.max(waits.seq, seq) }
    write('ready', [], seq)
    flush()
  }

  function tell(resources: Iterable<NounName>, seq: number): void {
    for (const one of resources) waiting.add(one)
    waits = { event: waits?.event ?? 'changed', seq }
    flush()
  }

  function reset(seq: number): void {
    waits = { event: 'reset', seq }
    flush()
  }

  function beat(): boolean {
    if (!isReady) return true
    if (body.writableNeedDrain) {
      const wasStuck = isStuck
      isStuck = true
      return !wasStuck
    }
    body.write(':\n\n')
    return true
  }

  function flush(): void {
    if (!isReady || !waits || body.writableNeedDrain) return
    const { event, seq } = waits
    const resources = event === 'reset' ? [] : [...waiting].toSorted()
    waits = undefined
    waiting.clear()
    write(event, resources, seq)
  }

  function write(event: string, resources: readonly NounName[], seq: number): void {
    if (body.writableEnded || body.destroyed) return
    const retry = event === 'ready' ? `retry: ${reconnectMs}\n` : ''
    body.write(`${retry}id: ${seq}\nevent: ${event}\ndata: ${JSON.stringify({ resources })}\n\n`)
  }
}
