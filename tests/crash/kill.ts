import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { processCommand, processStartTime } from '../../server/platform/data-directory.ts'
import { childrenOf, connectAsSuperuser, readPostmaster, type ServerProcess } from '../harness/process.ts'
import { until } from '../harness/until.ts'
import { type Random, randomOf } from './random.ts'

/** Who dies at once: `PostgreSQL` is every process of it; the part is its postmaster alone, or a backend at work. */
const victims = ['the server', 'PostgreSQL', 'both', 'a part of PostgreSQL'] as const
export type Victim = (typeof victims)[number]

/** One experiment: when so many answers have come since the last one, somebody dies at the moment that follows. */
export interface Kill {
  readonly victim: Victim
  readonly answers: number
  /** So many milliseconds later, or as soon as a batch of receipts is seen to commit. */
  readonly delayMs: number | 'commit'
  /** Who goes first where both die, and which part where a part does. */
  readonly coin: boolean
  /** What comes up again is killed once more before it serves. */
  readonly isTwofold: boolean
}

/** A batch takes some tens of milliseconds from its first statement to its answers: a moment anywhere in two of them. */
const longestDelayMs = 120

/** The kills of a seed: of four that follow each other, each has another victim. */
export function planKills(seed: number, kills: number): Kill[] {
  const random = randomOf(seed)
  const rounds = Array.from({ length: Math.ceil(kills / victims.length) }, () => random.shuffled(victims))
  return rounds
    .flat()
    .slice(0, kills)
    .map((victim) => ({ victim, ...momentOf(random), isTwofold: isStarted(victim) && random.upTo(3) === 0 }))
}

function momentOf(random: Random): Pick<Kill, 'answers' | 'delayMs' | 'coin'> {
  // A commit is short, and what is committed then and not answered any more is what replaying is for.
  const delayMs = random.upTo(2) === 0 ? 'commit' : random.upTo(longestDelayMs)
  return { answers: 15 + random.upTo(90), delayMs, coin: random.upTo(2) === 0 }
}

/** True where the server has to be started again; a PostgreSQL that died alone is started by its server. */
export function isStarted(victim: Victim): boolean {
  return victim === 'the server' || victim === 'both'
}

/** Prepares to wait for the moment that the seed has chosen; `moment` answers whether a commit was seen. */
export async function watchFor({ delayMs }: Kill, dataDir: string): Promise<{ moment(): Promise<boolean> }> {
  if (delayMs !== 'commit') return { moment: () => pause(delayMs, false) }
  const database = await connectAsSuperuser(dataDir)
  // It may be among those that die.
  database.on('error', () => {})
  return {
    async moment() {
      const isSeen = await seesReceiptsCommit(database)
      void database.end()
      return isSeen
    },
  }
}

/** A commit takes some milliseconds, so that nobody pauses between looking; on a busy machine none may be seen. */
const longestWatchMs = 10_000

async function seesReceiptsCommit(database: pg.Client): Promise<boolean> {
  const atWork = "SELECT pid, query FROM pg_stat_activity WHERE usename = 'comptoir_app' AND state = 'active'"
  const end = performance.now() + longestWatchMs
  for (let recording = new Set<number>(); performance.now() < end; ) {
    const { rows } = await database.query<{ pid: number; query: string }>(atWork)
    if (rows.some(({ pid, query }) => query === 'COMMIT' && recording.has(pid))) return true
    recording = new Set(rows.filter(({ query }) => query.includes('sales.record')).map(({ pid }) => pid))
  }
  return false
}

/** Somebody to be killed, and the processes that are gone after that. */
interface Aim {
  readonly dying: readonly number[]
  /** Looks who of those that may be struck is at work right now. */
  choose(): Promise<void>
  /** Kills them in one turn; nothing is cleaned up. Answers whether somebody was still there. */
  strike(): boolean
  /** Lets PostgreSQL go on, should nobody be killed after all. */
  spare(): void
}

/** Looks up who is to die. Until the strike PostgreSQL takes no new connections, and works on those it has. */
export async function aim({ victim, coin }: Kill, dataDir: string, server: ServerProcess): Promise<Aim> {
  if (victim === 'the server')
    return {
      dying: [server.pid],
      choose: async () => {},
      strike: () => tell([server.pid], 'SIGKILL') > 0,
      spare: () => {},
    }
  const { pid, children } = await stopPostmaster(dataDir)
  const others = children.map((one) => one.pid)
  const at = (pids: readonly number[], dying = pids): Aim => ({
    dying,
    choose: async () => {},
    strike: () => tell(pids, 'SIGKILL') > 0,
    spare: () => tell([pid], 'SIGCONT'),
  })
  if (victim === 'PostgreSQL') return at([...others, pid])
  if (victim === 'both') return at(coin ? [...others, pid, server.pid] : [server.pid, ...others, pid])
  if (coin) return at([pid], [...others, pid])
  let busy: number[] = []
  return {
    ...at([], others),
    async choose() {
      busy = await until('a backend is at work', () => backendsAtWork(others))
    },
    strike() {
      const isStruck = busy.some((backend) => tell([backend], 'SIGKILL') > 0)
      // The postmaster ends the others and starts anew.
      tell([pid], 'SIGCONT')
      return isStruck
    },
  }
}

/** Those of requests that have something to do; undefined when there is none. */
async function backendsAtWork(pids: readonly number[]): Promise<number[] | undefined> {
  const commands = await Promise.all(pids.map(async (pid) => ({ pid, command: (await processCommand(pid)) ?? '' })))
  const busy = commands.filter(({ command }) => command.includes('comptoir_app') && !command.endsWith('idle'))
  return busy.length > 0 ? busy.map(({ pid }) => pid) : undefined
}

/** Its postmaster, stopped so that it starts no other process, and the processes that it has. */
async function stopPostmaster(dataDir: string, not: readonly number[] = []) {
  const { pid, isReady } = await until(
    'PostgreSQL runs',
    async () => {
      const found = await readPostmaster(dataDir)
      if (!found || not.includes(found.pid)) return undefined
      tell([found.pid], 'SIGSTOP')
      // It may have ended before that.
      const stopped = await readPostmaster(dataDir)
      return stopped?.pid === found.pid && stopped
    },
    60,
  )
  return { pid, isReady, children: await childrenOf(pid) }
}

/** Waits until all that were to die are gone. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) await until(`process ${pid} is gone`, async () => !(await processStartTime(pid)), 60)
}

/**
 * Kills a server that starts, and PostgreSQL as soon as that has processes again, and waits until both are gone. Answers
 * whether it recovered then, or was about to.
 */
export async function killWhileRecovering(dataDir: string, server: { pid: number }, former: number): Promise<boolean> {
  // Before it starts a postmaster, a server writes its own id where that of a dead one stood.
  const { pid, children, isReady } = await stopPostmaster(dataDir, [former, server.pid])
  const dying = [...children.map((one) => one.pid), pid, server.pid]
  tell(dying, 'SIGKILL')
  await untilGone(dying)
  return !isReady
}

/** Sends a signal to those that are still there; answers how many they are. */
function tell(pids: readonly number[], signal: NodeJS.Signals): number {
  let told = 0
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
      told++
    } catch (error) {
      // It has ended by itself.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  return told
}
