import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { type ServerProcess, startServerProcess, temporaryDirectory } from './harness/process.ts'
import { setHere } from './harness/settings.ts'
import { until } from './harness/until.ts'

let directory: { path: string; remove(): Promise<void> }
let server: ServerProcess
let cookie: string

beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startServerProcess({ DATA_DIR: directory.path })
  const { headers } = await createClient<Operations>({ url: server.url }).request('identity.sign-in', server.demo ?? {})
  cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
}, 120_000)
afterAll(async () => {
  await server?.end('SIGTERM')
  await directory?.remove()
})

const client = () => createClient<Operations>({ url: server.url, headers: { cookie } })

test('a server that is killed while the provider is at work finds out what became of it', async () => {
  const tender = { code: 'terminal', name: 'Terminal', kind: 'card', provider: 'simulator' } as const
  const { id: tender_id } = await client().call('payments.create-tender', tender)
  const { items } = await client().call('tenants.list-branches', {})
  await setHere(client(), 'payments.provider-timeout-seconds', 5)
  const id = crypto.randomUUID()
  // Approved, and the answer is lost: the server waits for it when it is killed.
  const asked = { id, tender_id, branch_id: items[0]?.id ?? '', amount: '20.02', currency: 'MAD' }
  const lost = client().call('payments.authorize', asked)
  const gone = expect(lost).rejects.toThrow()
  await until('the provider was asked', async () => {
    const tenants = await readdir(join(directory.path, 'payment-simulator')).catch(() => [])
    const files = await Promise.all(tenants.map((one) => readdir(join(directory.path, 'payment-simulator', one))))
    return files.flat().includes(`${id}.json`)
  })
  await server.end('SIGKILL')
  await gone

  server = await startServerProcess({ DATA_DIR: directory.path })
  await until('it is looked up', async () => {
    const { status } = await client().call('payments.get-authorization', { id })
    return status === 'approved'
  })
  const { events } = await client().call('payments.get-authorization', { id })
  expect(events.map(({ outcome, source }) => `${outcome} ${source}`)).toEqual(['asked request', 'approved lookup'])
}, 120_000)
