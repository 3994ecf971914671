import { ClientError, createClient } from '../../server/platform/client.ts'
import type { Operations } from '../../server/registry.ts'
import { until } from '../harness/until.ts'
import { cutConnections, type Server } from './servers.ts'
import type { Done, Person, Shop } from './shop.ts'
import type { Event } from './steps.ts'
import type { World } from './world.ts'

export type Answered =
  | { readonly body: unknown; readonly isReplayed: boolean }
  | { readonly refused: { readonly code: string; readonly detail: string } }

/** What a server that went away leaves open. */
const unknown: readonly string[] = ['unavailable', 'overloaded']
const mostTries = 12

/**
 * Sends a command under its key. Where a crash leaves open whether it was done, it is sent again under the same key, to whichever
 * server is there, until somebody knows.
 */
export async function send(world: World, shop: Shop, command: Omit<Done, 'body'>): Promise<Answered> {
  const { who, operation, input, key } = command
  const person = shop.people[who]
  for (let tries = 0; ; tries++) {
    const answer = await serverOf(world)
      .client(person.cookie, shop.tenantId)
      .request(operation, input, { idempotencyKey: key })
      .then(
        ({ body, headers }) => ({ body, isReplayed: headers.get('idempotency-replayed') !== null }),
        (error: unknown) => {
          if (error instanceof ClientError) return { refused: error.problem }
          if (world.crash === undefined) throw error
          return undefined
        },
      )
    if (answer && 'refused' in answer && answer.refused.code === 'unauthenticated' && tries < mostTries) {
      await signIn(serverOf(world), person)
      continue
    }
    const isOpen = answer === undefined || ('refused' in answer && unknown.includes(answer.refused.code))
    if (!isOpen) return answer
    if (world.crash === undefined || tries === mostTries)
      throw new Error(`${operation} was not answered, and nothing had crashed`)
    world.unknown += 1
    await world.crash.isOver
  }
}

/** Signs somebody in again whose session has ended by a jump of the clock. */
async function signIn(server: Server, person: Person): Promise<void> {
  const { email, password } = person
  const stranger = createClient<Operations>({ url: server.url() })
  const { headers } = await stranger.request('identity.sign-in', { email, password })
  person.cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

function serverOf({ servers, sent }: World): Server {
  const there = servers.all.filter((server) => server.isUp())
  const server = there[sent % Math.max(there.length, 1)] ?? servers.all[0]
  if (!server) throw new Error('there is no server')
  return server
}

/** Ends a server, or all connections, while something is under way; and starts it again. */
export async function strike(world: World, { what, server: at, when }: Event & { do: 'crash' }): Promise<void> {
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
