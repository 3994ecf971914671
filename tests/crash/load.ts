import { ClientError } from '../../server/platform/client.ts'
import type { Client, Task } from './clients.ts'
import type { Client as Http } from './shop.ts'

interface Answered {
  readonly task: Task
  readonly id: string | undefined
  readonly number: string | undefined
  readonly total: string | undefined
}

/** What is known of what was sent, by mark. */
export interface Known {
  /** Acknowledged, with what was answered. */
  readonly answered: Map<string, Answered>
  /** Sent, and not answered yet. */
  readonly open: Map<string, Task>
  /** Sent without a key and never answered: nobody will know. */
  readonly lost: Map<string, Task>
}

export interface Load {
  readonly known: Known
  /** How many requests are under way. */
  underWay(): number
  /** Resolves when so many more were acknowledged. */
  answers(count: number): Promise<void>
  /** Lets nothing more be sent; what is under way stays so. */
  pause(): void
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>
  /** Lets clients go on: first with what was not answered, with the same key or id. */
  resume(): void
  /** Ends it, once all that may be repeated was acknowledged. */
  stop(): Promise<void>
}

/** Sets clients to work, each with one thing at a time. */
export function startLoad(clients: readonly Client[], http: Http): Load {
  const known: Known = { answered: new Map(), open: new Map(), lost: new Map() }
  const watchers = new Set<() => void>()
  let stopping = false
  let underWay = 0
  let failure: { error: unknown } | undefined
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  const changed = () => {
    for (const watcher of watchers) watcher()
  }
  const when = (condition: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (failure) reject(failure.error)
        else if (condition()) resolve()
        else return
        watchers.delete(look)
      }
      watchers.add(look)
      look()
    })
  const work = clients.map(async (client) => {
    while (!stopping) {
      const task = await client()
      await gate.promise
      known.open.set(task.mark, task)
      while (!(await attempt(task)) && task.isRepeatable) await gate.promise
    }
  })
  const done = Promise.all(work).catch((error: unknown) => {
    failure = { error }
    changed()
  })

  /** Sends a task; false while it was not answered. */
  async function attempt(task: Task): Promise<boolean> {
    underWay++
    const answer = await send(http, task).finally(() => underWay--)
    if (answer || !task.isRepeatable) known.open.delete(task.mark)
    if (answer) {
      const [id, number, total] = [answer.id, answer.number, answer.total].map(textOf)
      known.answered.set(task.mark, { task, id, number, total })
      task.answered?.(answer)
    } else if (!task.isRepeatable) known.lost.set(task.mark, task)
    changed()
    return answer !== undefined
  }

  return {
    known,
    underWay: () => underWay,
    answers(count) {
      const enough = known.answered.size + count
      return when(() => known.answered.size >= enough)
    },
    pause() {
      gate = Promise.withResolvers<void>()
    },
    settled: () => when(() => underWay === 0),
    resume: () => gate.resolve(),
    async stop() {
      stopping = true
      gate.resolve()
      await done
      if (failure) throw failure.error
    },
  }
}

const patienceMs = 60_000

/** Undefined when nobody knows what became of it: no answer, or one that says so, or that it should be sent again. */
async function send(http: Http, { operation, input, key }: Task): Promise<Record<string, unknown> | undefined> {
  try {
    const { body } = await http.request(operation, input, key ? { idempotencyKey: key } : {})
    return body as Record<string, unknown>
  } catch (error) {
    if (isOfConnection(error)) return undefined
    if (!(error instanceof ClientError)) throw error
    const { status, code, detail } = error.problem
    if (status === 503 || code === 'busy') return undefined
    throw new Error(`${operation} was answered ${status} ${code}: ${detail}`, { cause: error })
  }
}

/** True where a connection was refused, cut or silent; what `fetch` throws for that has a cause, a slip of ours has none. */
function isOfConnection(error: unknown): boolean {
  const { name, cause } = error as Error
  return (error instanceof TypeError && cause !== undefined) || name === 'TimeoutError'
}

/** A `fetch` that goes to whatever server there is now in place of the first one, and gives up on one that says nothing. */
export function impatient(first: string, current: () => string): typeof fetch {
  return (url, init) =>
    fetch(String(url).replace(first, current()), { ...init, signal: AbortSignal.timeout(patienceMs) })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
