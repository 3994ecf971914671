import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { answerParent } from './child.ts'
import { basketOf, type Counter, goodsOf } from './counter.ts'
import { quantileOf } from './measure.ts'

/** What somebody at a counter does. */
export const doings = ['search', 'stock look-up', 'checkout', 'balance'] as const
export type Doing = (typeof doings)[number]

/** One after the other, again and again; each user begins at another. */
const turns: readonly Doing[] = [
  ...(['search', 'stock look-up', 'search', 'checkout', 'search'] as const),
  ...(['stock look-up', 'checkout', 'search', 'checkout', 'balance'] as const),
]
const mostLines = 5

export interface UsersLoad {
  readonly url: string
  /** Of each user the session; user number i works in counters[i modulo their number]. */
  readonly cookies: readonly string[]
  readonly counters: readonly Counter[]
  /** What people type. */
  readonly texts: readonly string[]
  readonly seconds: number
  /** seconds that a user thinks on average between an answer and the next request: half of it at least, half more at most. */
  readonly thinking: number
}

export interface UsersAnswer {
  /** milliseconds of what was asked in the time that counts */
  readonly times: Readonly<Record<Doing, { readonly count: number; p50: number; p95: number; p99: number }>>
  /** seconds that counted */
  readonly elapsed: number
  /** Of all, those before the time that counts as well. */
  readonly sales: number
}

/** Users come one after the other for as long as they think; then the time counts. Whoever is refused anything ends it all. */
answerParent(async (load: UsersLoad): Promise<UsersAnswer> => {
  const taken: Record<Doing, number[]> = { search: [], 'stock look-up': [], checkout: [], balance: [] }
  const counts = performance.now() + load.thinking * 1000
  const end = counts + load.seconds * 1000
  let last = counts
  let sales = 0
  // A time too short for an answer to each gives no figure, so it lasts until the first.
  const isOver = () => performance.now() >= end && doings.every((doing) => taken[doing].length > 0)
  await Promise.all(
    load.cookies.map(async (cookie, index) => {
      const user = userOf(load, cookie, index)
      await pause((index / load.cookies.length) * load.thinking * 1000)
      for (let turn = index; !isOver(); turn++) {
        const doing = turns[turn % turns.length]!
        const began = performance.now()
        await user.do(doing)
        if (doing === 'checkout') sales++
        const answered = performance.now()
        if (began >= counts) {
          taken[doing].push(answered - began)
          last = answered
        }
        const thinking = load.thinking * 1000 * (0.5 + Math.random())
        if (!isOver()) await pause(answered < end ? Math.min(thinking, end - answered) : thinking)
      }
      user.leave()
    }),
  )
  const elapsed = (last - counts) / 1000
  const times = Object.fromEntries(doings.map((doing) => [doing, summaryOf(taken[doing])]))
  return { times: times as UsersAnswer['times'], elapsed, sales }
})

function summaryOf(times: readonly number[]) {
  const sorted = Float64Array.from(times).sort()
  const [p50, p95, p99] = [quantileOf(sorted, 0.5), quantileOf(sorted, 0.95), quantileOf(sorted, 0.99)]
  return { count: times.length, p50, p95, p99 }
}

/** Somebody with a session and one connection that stays open. */
function userOf({ url, counters, texts }: UsersLoad, cookie: string, index: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const counter = counters[index % counters.length]!
  const till = Math.floor(index / counters.length)
  const headers = { cookie, 'comptoir-tenant': counter.tenantId, 'content-type': 'application/json' }
  const any = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)]!
  const asks: Record<Doing, () => { path: string; body?: object }> = {
    search: () => ({ path: `/v1/variants/search?limit=20&text=${encodeURIComponent(any(texts))}` }),
    'stock look-up': () => ({ path: `/v1/stock-levels?variant_id=${goodsOf(counter)}` }),
    checkout: () => ({ path: '/v1/sales', body: basketOf(counter, till, any([1, 2, 3, 4, mostLines])) }),
    balance: () => ({ path: `/v1/cash-sessions/${counter.sessionIds[till % counter.sessionIds.length]}/x-report` }),
  }
  return {
    do(doing: Doing) {
      const { path, body } = asks[doing]()
      return send(new URL(path, url), { agent, headers, body })
    },
    leave: () => agent.destroy(),
  }
}

/** Sends a request and reads its whole answer; throws it when it is no success. */
function send(
  url: URL,
  { agent, headers, body }: { agent: Agent; headers: Record<string, string>; body: object | undefined },
): Promise<void> {
  const method = body ? 'POST' : 'GET'
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const waited = Math.round(performance.now() - began)
      reject(new Error(`${method} ${url.pathname} got no answer in ${waited} ms: ${error.message}`))
    }
    const sent = request(url, { method, agent, headers }, (answer) => {
      const { statusCode = 0 } = answer
      const isWrong = statusCode < 200 || statusCode > 299
      let text = ''
      answer.on('error', fail)
      answer.on('data', (chunk) => {
        if (isWrong) text += chunk
      })
      answer.on('end', () => {
        if (isWrong) reject(new Error(`${method} ${url.pathname} was answered ${statusCode}: ${text}`))
        else resolve()
      })
    })
    sent.on('error', fail)
    sent.end(body && JSON.stringify(body))
  })
}
