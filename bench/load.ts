import autocannon, { type Request } from 'autocannon'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { answerParent } from './child.ts'
import { quantileOf } from './measure.ts'

export interface LoadRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /**
   * Sent in turn, from the first again after the last. What no other request has: `{id}` becomes an id, `{unique}` ten capitals
   * and digits.
   */
  readonly bodies?: readonly string[]
}

export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** The status every answer must have: a benchmark of refusals is worthless. */
  readonly status: number
  /** Connection number i sends requests[i modulo their number], over and over, each after the answer to the one before. */
  readonly requests: readonly LoadRequest[]
}

export interface LoadAnswer {
  readonly sent: number
  /** `sent` without those that were under way when the time was up. */
  readonly answered: number
  readonly perSecond: number
  /** milliseconds */
  readonly p50: number
  readonly p99: number
}

/** seconds that an answer may take */
const patience = 60

answerParent(async ({ url, connections, seconds, status, requests }: Load): Promise<LoadAnswer> => {
  const times: number[] = []
  let connection = 0
  const began = performance.now()
  const end = began + seconds * 1000
  let last = began
  const run = autocannon({
    url,
    connections,
    duration: seconds + patience,
    sampleInt: 20,
    timeout: patience,
    setupClient: (client) => client.setRequests([dynamic(requests[connection++ % requests.length]!)]),
  })
  run.on('response', (_client, _status, _bytes, milliseconds) => {
    times.push(milliseconds)
    last = performance.now()
    // A round too short for any answer gives no figure, so it lasts until the first.
    if (last >= end) run.stop()
  })
  const { requests: counted, statusCodeStats, errors, timeouts } = await run
  const wrong = Object.keys(statusCodeStats).filter((code) => Number(code) !== status)
  if (wrong.length > 0 || errors + timeouts > 0 || times.length === 0) {
    const codes = Object.entries(statusCodeStats).map(([code, { count }]) => `${count} × ${code}`)
    throw new Error(
      `${url}${requests[0]!.path} was to answer ${status}: ${codes.join(', ') || 'no answers'}, ${errors} errors, ${timeouts} timeouts`,
    )
  }
  const sorted = Float64Array.from(times).sort()
  return {
    sent: counted.sent,
    answered: sorted.length,
    perSecond: (sorted.length / (last - began)) * 1000,
    p50: quantileOf(sorted, 0.5),
    p99: quantileOf(sorted, 0.99),
  }
})

// Microseconds of the clock: no two processes of a run begin at the same number and count as fast.
let next = Date.now() * 1000

function dynamic({ bodies, ...request }: LoadRequest): Request {
  if (!bodies) return request
  let sent = 0
  const setupRequest = (built: Request) => {
    const body = bodies[sent++ % bodies.length]!
    const unique = (next++).toString(36).toUpperCase()
    return { ...built, body: body.replaceAll('{unique}', unique).replaceAll('{id}', uuidv7()) }
  }
  return { ...request, setupRequest }
}
