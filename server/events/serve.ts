import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type pg from 'pg'
import type { IsHidden } from '../platform/execute.ts'
import { type Credentials, credentialsOf } from '../platform/http-request.ts'
import type { Log } from '../platform/log.ts'
import type { Caller } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse, refuseFor } from '../platform/refusal.ts'
import { entryNumber, mostOfPerson, mostOfServer, streamInput } from './contract.ts'
import type { EventMetrics } from './metrics.ts'
import { isRecent, readHeads } from './queries.ts'
import { readChanges, toldTo } from './read-changes.ts'
import { openStream } from './stream.ts'
import { createTail, type Listener, mostMissed } from './tail.ts'

interface EventServer {
  readonly pool: pg.Pool
  readonly isSecure: boolean
  readonly isHidden: IsHidden
  readonly metrics: EventMetrics
  readonly log: Log
  isServing(): boolean
  /** As for requests; an open stream alone is no use of a session. */
  authenticate(credentials: Credentials, requestId: string, use?: { isUse: boolean }): Promise<Caller>
}

interface Open extends Listener {
  readonly who: string
  check(): Promise<Caller>
}

const beatMs = 20_000
const fullSeconds = 30

/**
 * Serves what changes in a tenant as server-sent events, to whoever may work there. Streams end when the session does, within two
 * beats, and when the server closes.
 */
export function addEvents(app: FastifyInstance, server: EventServer): void {
  const open = new Set<Open>()
  const tail = createTail({ ...server, onRightsChanged: (listeners) => void lookAgain(listeners as Open[]) })
  const beats = setInterval(() => {
    for (const listener of open) if (!listener.stream.beat()) end(listener)
    void lookAgain([...open])
  }, beatMs).unref()
  let isClosing = false

  app.get('/v1/events', { schema: { hide: true }, exposeHeadRoute: false }, async (request, reply) => {
    if (!server.isServing() || isClosing) refuse(platformRefusals.unavailable)
    const check = () => callerOf(server, request)
    const caller = await check()
    const listener = enter(request, caller, check)
    // Node says here that the other side is gone, whoever ended it.
    reply.raw.once('close', () => end(listener))
    try {
      const head = await catchUp(server, listener, lastEventIdOf(request))
      tail.begin(listener.tenantId, head)
      listener.stream.begin(head)
    } catch (error) {
      end(listener)
      throw error
    }
    return send(reply, listener)
  })
  app.addHook('preClose', async () => {
    isClosing = true
    clearInterval(beats)
    for (const listener of open) end(listener)
    await tail.stop()
  })

  function enter(request: FastifyRequest, caller: Caller, check: () => Promise<Caller>) {
    if (isClosing) refuse(platformRefusals.unavailable)
    const who = caller.apiKeyId ?? caller.userId ?? request.ip
    const theirs = [...open].filter((one) => one.who === who).length
    if (theirs >= mostOfPerson) refuseFor(platformRefusals.tooManyRequests, fullSeconds)
    if (open.size >= mostOfServer) refuseFor(platformRefusals.overloaded, fullSeconds)
    const tenantId = caller.tenantId ?? refuse(platformRefusals.tenantRequired)
    const listener = { who, tenantId, caller, check, stream: openStream() }
    open.add(listener)
    server.metrics.listeners.set(open.size)
    tail.join(listener)
    return listener
  }

  function end(listener: Open): void {
    tail.leave(listener)
    if (open.delete(listener)) server.metrics.listeners.set(open.size)
    listener.stream.end()
  }

  /** Ends the streams of those who may not listen any more, and keeps the others open. */
  async function lookAgain(listeners: readonly Open[]): Promise<void> {
    await Promise.all(
      listeners.map(async (listener) => {
        if (!open.has(listener)) return
        const caller = await listener.check().catch((error: unknown) => {
          // A database that is away for a moment ends no stream.
          if (error instanceof Refusal) return undefined
          return listener.caller
        })
        if (caller) listener.caller = caller
        else end(listener)
      }),
    )
  }
}

function send(reply: FastifyReply, { stream }: Listener): FastifyReply {
  return reply
    .type('text/event-stream')
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .send(stream.body)
}

async function callerOf({ authenticate, isSecure }: EventServer, request: FastifyRequest): Promise<Caller> {
  const credentials = credentialsOf(request, { scope: 'tenant' }, isSecure)
  const asked = streamInput.safeParse(request.query).data?.tenant_id
  const tenantId = credentials.tenantId ?? asked
  const caller = await authenticate({ ...credentials, ...(tenantId ? { tenantId } : {}) }, request.id, { isUse: false })
  if (caller.userId === null) refuse(platformRefusals.unauthenticated)
  if (caller.tenantId === null) refuse(platformRefusals.tenantRequired)
  return caller
}

/** The entry that the client was told of last; browsers send it in a header when they connect again. */
function lastEventIdOf({ headers, query }: FastifyRequest): number | undefined {
  const given = headers['last-event-id'] ?? streamInput.safeParse(query).data?.last_event_id
  return entryNumber.safeParse(given).data
}

/**
 * Tells a listener what they missed, in one message, or that it was too much. Answers with the entry that their stream begins at;
 * what changes meanwhile waits in the stream.
 */
async function catchUp({ pool, isHidden }: EventServer, listener: Open, after: number | undefined): Promise<number> {
  const { tenantId, caller, stream } = listener
  const until = (await readHeads(pool, [tenantId])).get(tenantId) ?? 0
  if (after === undefined || after === until) return until
  const range = { after, until }
  if (after > until || until - after > mostMissed || !(await isRecent(pool, tenantId, range))) {
    stream.reset(until)
    return until
  }
  const places = caller.scope !== null
  const missed = toldTo(caller, await readChanges(pool, { tenantId, range, places }), isHidden)
  if (missed.size > 0) stream.tell(missed, until)
  return until
}
