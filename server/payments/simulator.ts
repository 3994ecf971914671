import { once } from 'node:events'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { uuidv7 } from '../platform/identifiers.ts'
import { money } from '../platform/money.ts'
import { now } from '../platform/time.ts'
import type { Asked, AskedMoney, Deliver, Message, Provider, Said } from './provider.ts'
import { isSigned, signCallback } from './sign-callback.ts'

/** What the simulator does, by the last two digits of the amount as it is written with all its decimals. */
const scripts: Readonly<Record<string, Script>> = {
  '01': { outcome: 'declined', reason: 'insufficient_funds' },
  '02': { outcome: 'approved', answers: false },
  '03': { outcome: 'declined', reason: 'card_expired', answers: false },
  '04': { outcome: 'approved', answers: false, callbacks: 2 },
  '05': { arrives: false },
  '06': { outcome: 'approved', callbacks: 2 },
}

interface Script {
  readonly outcome?: Said['outcome']
  readonly reason?: string
  /** False: it is lost on its way there. */
  readonly arrives?: boolean
  /** False: the answer is lost on its way back. */
  readonly answers?: boolean
  /** How often it tells of it besides. */
  readonly callbacks?: number
}

const said = z.object({
  reference: z.string(),
  outcome: z.enum(['approved', 'declined']),
  provider_reference: z.string().nullable(),
  reason: z.string().nullable(),
})
const kept = said.extend({ is_reversed: z.boolean() })
type Kept = z.output<typeof kept>

interface Simulation {
  /** Where it remembers, in a folder for each tenant, what it was asked: it is somebody else, whom our crash does not touch. */
  readonly directory: string
  readonly secret: Buffer
  readonly deliver: Deliver
}

/** A provider of payments that moves no money, for tests and the demo. */
export function createSimulator(simulation: Simulation): Provider {
  return {
    name: 'simulator',
    async authorize(asked, signal) {
      const { arrives = true, answers = true, callbacks = 0 } = scriptOf(asked)
      if (!arrives) return lost(signal)
      const known = (await find(simulation, asked)) ?? (await decide(simulation, asked))
      for (let sent = 0; sent < callbacks; sent++) await tell(simulation, asked, known)
      return answers ? known : lost(signal)
    },
    async lookup(asked) {
      return (await find(simulation, asked)) ?? 'unheard'
    },
    async reverse(asked) {
      const { reference } = asked
      const unheard = { reference, outcome: 'declined', provider_reference: null, reason: 'reversed' } as const
      await keep(simulation, asked, { ...((await find(simulation, asked)) ?? unheard), is_reversed: true })
    },
    readCallback: (message) => readMessage(simulation, message),
  }
}

function readMessage({ secret }: Simulation, message: Message) {
  if (!isSigned(secret, message)) return undefined
  return said.parse(JSON.parse(message.body.toString('utf8')))
}

function scriptOf({ amount }: AskedMoney): Script {
  const digits = money(amount).toFixed(2).replace('.', '')
  return scripts[digits.slice(-2)] ?? { outcome: 'approved' }
}

async function decide(simulation: Simulation, asked: AskedMoney): Promise<Kept> {
  const { outcome = 'approved', reason = null } = scriptOf(asked)
  const { reference } = asked
  const decided = { reference, outcome, provider_reference: `sim-${uuidv7()}`, reason, is_reversed: false }
  await keep(simulation, asked, decided)
  return decided
}

async function tell({ secret, deliver }: Simulation, { tenantId }: Asked, known: Kept): Promise<void> {
  const body = JSON.stringify(said.parse(known))
  const signature = signCallback(secret, { tenantId, body: Buffer.from(body), at: now() })
  await deliver({ provider: 'simulator', tenantId, body, signature })
}

/** Waits for an answer that does not come. */
async function lost(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw new Error('the provider did not answer')
}

async function find({ directory }: Simulation, { tenantId, reference }: Asked): Promise<Kept | undefined> {
  try {
    return kept.parse(JSON.parse(await readFile(join(directory, tenantId, `${reference}.json`), 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function keep({ directory }: Simulation, { tenantId, reference }: Asked, values: Kept): Promise<void> {
  const folder = join(directory, tenantId)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `${uuidv7()}.part`)
  await writeFile(draft, JSON.stringify(values), { mode: 0o600 })
  await rename(draft, join(folder, `${reference}.json`))
}
