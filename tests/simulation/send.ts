import { setTimeout as pause } from 'node:timers/promises'
import { ClientError } from '../../server/platform/client.ts'
import { until } from '../harness/until.ts'
import { cutConnections, type Server } from './servers.ts'
import type { Done, Person, Shop } from './shop.ts'
import type { Event } from './steps.ts'
import type { World } from './world.ts'

export type Answered =
  | { readonly body: unknown; readonly isReplayed: boolean }
  | { readonly refused: { readonly code: string; readonly detail: string } }

type Command = Omit<Done, 'body'>

/** What a server that went away leaves open. */
const unknown: readonly string[] = ['unavailable', 'overloaded']
/** How long after a crash servers may still come upon connections that were cut, in milliseconds. */
const afterwards = 3_000

/**
 * Sends a command under its key. Where a crash leaves open whether it was done, it is sent again under the same key, to whichever
 * server is there, until somebody knows. What is asked some time after the crash is answered as if there had been none.
 */
export async function send(world: World, shop: Shop, command: Command): Promise<Answered> {
  for (;;) {
    const began = performance.now()
    const answer = await attempt(world, shop, command)
      .catch(refusalOf)
      .catch((error: unknown) => ({ lost: String(error) }))
    if (!('lost' in answer) && !isOpen(answer)) return answer
    const { crash } = world
    const isExcused = crash !== undefined && (crash.overAt === undefined || began < crash.overAt + afterwards)
    if (!isExcused) {
      const since = crash?.overAt === undefined ? '' : ` for ${Math.round((began - crash.overAt) / 1000)} s`
      const why = 'lost' in answer ? answer.lost : JSON.stringify(answer)
      throw new Error(`${command.operation} was not answered, and nothing had crashed${since}: ${why}`)
    }
    world.unknown += 1
    await crash.isOver
    await pause(20)
  }
}

/** Sends a command once, of whoever must first sign in again, too. */
async function attempt(world: World, shop: Shop, { who, operation, input, key }: Command): Promise<Answered> {
  const person = shop.people[who]
  const ask = async (): Promise<Answered> => {
    const client = serverOf(world).client(person.cookie, shop.tenantId)
    const { body, headers } = await client.request(operation, input, { idempotencyKey: key })
    return { body, isReplayed: headers.get('idempotency-replayed') !== null }
  }
  const answer = await ask().catch(refusalOf)
  if (!('refused' in answer) || answer.refused.code !== 'unauthenticated') return answer
  await signIn(serverOf(world), person)
  return ask()
}

function refusalOf(error: unknown): Answered {
  if (error instanceof ClientError) return { refused: error.problem }
  throw error
}

function isOpen(answer: Answered): boolean {
  return 'refused' in answer && unknown.includes(answer.refused.code)
}

/** Signs somebody in again whose session has ended by a jump of the clock. */
async function signIn(server: Server, person: Person): Promise<void> {
  const { email, password } = person
  const { headers } = await server.stranger().request('identity.sign-in', { email, password })
  person.cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

function serverOf({ servers, sent }: World): Server {
  const there = servers.all.filter((server) => server.isUp())
  const server = there[sent % Math.max(there.length, 1)]
  if (!server) throw new Error('there is no server')
  return server
}

/** Ends a server, or all connections, while something is under way; and starts it again. */
export async function strike(world: World, { what, server: at, when }: Event & { do: 'crash' }): Promise<void> {
  world.crashes[what] += 1
  if (when === 'working')
    await until('somebody is at work', async () => {
      const { rows } = await world.superuser.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'comptoir%' AND xact_start IS NOT NULL`,
      )
      return world.working === 0 || rows[0].n > 0
    })
  if (what === 'connections') return cutConnections(world.superuser)
  const server = world.servers.all[at % world.servers.all.length]
  await server?.kill()
  await server?.start()
}
