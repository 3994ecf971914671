import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import type { Load, LoadAnswer } from './load.ts'
import { measure, type Subject } from './measure.ts'
import { openShops } from './shops.ts'
import type { Benchmark } from './stage.ts'

const readers = 4
const signInsPerSecond = 20
const alone = `read, ${readers} clients`
const accounts = 20

/** What sign-ins, which hash passwords, cost those who are at work. */
export const identityBenchmark: Benchmark = {
  async run(stage, options) {
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants: 1, sessions: readers })
    const [shop] = shops
    const load = stage.start<Load, LoadAnswer>('load.ts')
    const signIn = stage.start<SignInLoad, SignInAnswer>('sign-in-loop.ts')
    const emails = await signUpMany(url)
    const requests = cookies.map((cookie) => ({
      method: 'GET' as const,
      path: `/v1/branches/${shop!.branch.id}`,
      headers: { cookie, 'comptoir-tenant': shop!.tenantId },
    }))
    const read = (seconds: number) => load({ url, connections: readers, seconds, status: 200, requests })
    const signIns: number[] = []
    const subjects: Subject[] = [
      { name: alone, unit: 'requests/s', run: read },
      {
        name: `read, ${readers} clients, while ${signInsPerSecond} sign-ins a second run`,
        unit: 'requests/s',
        async run(seconds) {
          const [answer, signedIn] = await Promise.all([
            read(seconds),
            signIn({ url, emails, password, perSecond: signInsPerSecond, seconds }),
          ])
          signIns.push(...signedIn.times)
          return answer
        },
        against: { alone },
      },
    ]
    const results = await measure(subjects, options)
    const sorted = signIns.toSorted((a, b) => a - b)
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!
    const plain = { unit: 'ms', reference: null, ratio: null }
    const value = (name: string) => results.find((one) => one.name === name)!.value
    const [, busy] = subjects
    const slower = (part: 'p50' | 'p99') => ({
      name: `${busy!.name} ${part} vs alone`,
      value: value(`${busy!.name} ${part}`),
      unit: 'ms',
      reference: `${alone} ${part}`,
      ratio: value(`${busy!.name} ${part}`) / value(`${alone} ${part}`),
    })
    const signedIn = { ...plain, name: 'sign-in p50', value: at(0.5) }
    return [...results, slower('p50'), slower('p99'), signedIn, { ...plain, name: 'sign-in p99', value: at(0.99) }]
  },
}

const password = 'correct horse battery'

export interface SignInLoad {
  readonly url: string
  readonly emails: readonly string[]
  readonly password: string
  readonly perSecond: number
  readonly seconds: number
}

export interface SignInAnswer {
  /** milliseconds of each, from when it was due */
  readonly times: readonly number[]
}

async function signUpMany(url: string): Promise<string[]> {
  const stranger = createClient<Operations>({ url })
  const emails = Array.from({ length: accounts }, (_, number) => `bench-${number}@example.org`)
  for (const email of emails) await stranger.call('identity.sign-up', { name: 'Karim Bench', email, password })
  return emails
}
