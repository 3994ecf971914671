import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { IsHidden } from '../platform/execute.ts'
import { type Log, traceOf } from '../platform/log.ts'
import type { Caller } from '../platform/operation.ts'
import type { EventMetrics } from './metrics.ts'
import type { NounName } from './nouns.ts'
import { type Range, readHeads } from './queries.ts'
import { readChanges, toldTo } from './read-changes.ts'
import type { Stream } from './stream.ts'

/** Somebody who listens to a tenant. */
export interface Listener {
  readonly tenantId: string
  /** As they were found at last: what they may see changes while they listen. */
  caller: Caller
  readonly stream: Stream
}

interface Tailed {
  readonly listeners: Set<Listener>
  /** The last entry that was read; unknown until it is known where the first who listens begins. */
  seq: number | undefined
}

interface TailOptions {
  readonly pool: pg.Pool
  readonly isHidden: IsHidden
  readonly metrics: EventMetrics
  readonly log: Log
  /** Is told when who may do what in a tenant may have changed. */
  onRightsChanged(listeners: readonly Listener[]): void
}

const roundMs = 1_000
/** Whoever missed more is told to read all anew. */
export const mostMissed = 10_000
const ofRights: readonly NounName[] = ['tenants.employee', 'tenants.role', 'tenants.tenant', 'tenants.api-key']

/**
 * Follows the audit chains of those tenants that somebody listens to, each once for all who do: one round a second reads where
 * the chains end, and of those that grew the new entries. Nothing runs while nobody listens.
 */
export function createTail(options: TailOptions) {
  const { pool, log } = options
  const tenants = new Map<string, Tailed>()
  const stopping = new AbortController()
  let running: Promise<void> | undefined

  return { join, begin, leave, stop }

  /** From now on the listener is told what changes; where they are the first of their tenant, once it is known where they begin. */
  function join(listener: Listener): void {
    const tailed = tenants.get(listener.tenantId) ?? { listeners: new Set(), seq: undefined }
    tailed.listeners.add(listener)
    tenants.set(listener.tenantId, tailed)
    start()
  }

  /** Says where the chain of a tenant ended after the first had joined. Others who listen already began before. */
  function begin(tenantId: string, seq: number): void {
    const tailed = tenants.get(tenantId)
    if (tailed) tailed.seq ??= seq
  }

  function leave(listener: Listener): void {
    const tailed = tenants.get(listener.tenantId)
    tailed?.listeners.delete(listener)
    if (tailed?.listeners.size === 0) tenants.delete(listener.tenantId)
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await running
  }

  function start(): void {
    running ??= run().finally(() => {
      running = undefined
      if (tenants.size > 0 && !stopping.signal.aborted) start()
    })
  }

  async function run(): Promise<void> {
    while (tenants.size > 0 && !stopping.signal.aborted) {
      await round().catch(warn)
      await pause(roundMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  async function round(): Promise<void> {
    const heads = await readHeads(pool, [...tenants.keys()])
    for (const [tenantId, head] of heads) {
      const tailed = tenants.get(tenantId)
      const after = tailed?.seq
      // Who began since may have seen a later end.
      if (!tailed || after === undefined || head <= after || stopping.signal.aborted) continue
      await tell(options, tailed, { tenantId, range: { after, until: head } }).then(() => {
        tailed.seq = head
      }, warn)
    }
  }

  /** Nothing is lost: the next round reads what this one could not. */
  function warn(error: unknown): void {
    log.warn({ err: traceOf(error) }, 'the changes that people listen to could not be read')
  }
}

async function tell(
  { pool, isHidden, metrics, onRightsChanged }: TailOptions,
  { listeners }: Tailed,
  { tenantId, range }: { tenantId: string; range: Range },
): Promise<void> {
  if (range.until - range.after > mostMissed) {
    for (const { stream } of listeners) stream.reset(range.until)
    return
  }
  const places = [...listeners].some(({ caller }) => caller.scope !== null)
  const changes = await readChanges(pool, { tenantId, range, places })
  metrics.readings.inc()
  for (const { caller, stream } of listeners) {
    const told = toldTo(caller, changes, isHidden)
    if (told.size > 0) stream.tell(told, range.until)
  }
  if (changes.some(({ noun }) => ofRights.includes(noun))) onRightsChanged([...listeners])
}
