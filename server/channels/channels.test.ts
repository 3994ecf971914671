import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { createEncryption, loadEncryptionKeys } from '../platform/encryption.ts'
import { placeOf } from './channels.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const refused = (code: string) => ({ problem: { code } })
const secret = '{"key":"very-secret-key-of-the-marketplace"}'

test('a market has its currency, and stays while a channel sells in it', async () => {
  const { client } = owner
  const uk = await client.call('channels.create-market', {
    code: 'UK',
    name: 'United Kingdom',
    region: 'Europe',
    currency: 'GBP',
    shipping_days: '4.50',
    requirements: [{ topic: 'Marking', text: 'UKCA' }],
    customs_notes: 'EORI number needed',
  })
  expect(uk).toMatchObject({ shipping_days: '4.5', requirements: [{ topic: 'Marking', text: 'UKCA' }] })
  const again = client.call('channels.create-market', { code: 'UK', name: 'Again', currency: 'GBP' })
  await expect(again).rejects.toMatchObject(refused('market_code_taken'))
  const unknown = client.call('channels.create-market', { code: 'X', name: 'X', currency: 'XXQ' })
  await expect(unknown).rejects.toMatchObject(refused('unknown_currency'))
  const channel = await client.call('channels.create-channel', {
    name: 'Bazaar',
    type: 'marketplace',
    market_id: uk.id,
  })
  const end = () => client.call('channels.delete-market', { id: uk.id, version: uk.version })
  await expect(end()).rejects.toMatchObject(refused('market_in_use'))
  await client.call('channels.delete-channel', { id: channel.id, version: channel.version })
  await end()
  expect((await client.call('channels.list-markets', {})).items).toEqual([])
})

const wrong: [what: object, code: string][] = [
  [{ commission_rate: '100.01' }, 'invalid_input'],
  [{ commission_rate: '-1' }, 'invalid_input'],
  [{ endpoint_url: 'http://example.org' }, 'invalid_input'],
  [{ endpoint_url: 'javascript:alert(1)' }, 'invalid_input'],
  [{ endpoint_url: 'https://user:sekret@example.org/api' }, 'invalid_input'],
  [{ endpoint_url: 'https://token@example.org' }, 'invalid_input'],
  [{ endpoint_url: 'https://example.org/api?token=abc' }, 'invalid_input'],
  [{ endpoint_url: 'https://example.org/api#token' }, 'invalid_input'],
  [{ sync_minutes: 0 }, 'invalid_input'],
  [{ type: 'kiosk' }, 'invalid_input'],
  [{ is_sync_enabled: true }, 'channel_sync_incomplete'],
  [{ is_sync_enabled: true, endpoint_url: 'https://example.org' }, 'channel_sync_incomplete'],
  [
    { is_sync_enabled: true, endpoint_url: 'https://example.org', sync_minutes: 5, type: 'retail' },
    'channel_sync_incomplete',
  ],
  [{ market_id: crypto.randomUUID() }, 'market_not_found'],
]

test.each(wrong)('a channel with %j is refused: %s', async (what, code) => {
  const made = owner.client.call('channels.create-channel', { name: 'Wrong', type: 'direct', ...what })
  await expect(made).rejects.toMatchObject(refused(code))
})

test('a channel is synchronised as long as it has what that takes', async () => {
  const { client } = owner
  const endpoint_url = 'https://example.org/api'
  const { id } = await client.call('channels.create-channel', { name: 'Synced', type: 'direct', endpoint_url })
  const change = (values: object) => client.call('channels.update-channel', { id, version: 1, ...values })
  await expect(change({ is_sync_enabled: true })).rejects.toMatchObject(refused('channel_sync_incomplete'))
  const synced = await change({ is_sync_enabled: true, sync_minutes: 15 })
  const unplugged = client.call('channels.update-channel', { id, version: synced.version, endpoint_url: null })
  await expect(unplugged).rejects.toMatchObject(refused('channel_sync_incomplete'))
})

test('credentials are sealed for their channel, shown to nobody, in no chain, and forgotten at its end', async () => {
  const { client, tenantId } = owner
  const { id } = await client.call('channels.create-channel', {
    name: 'Souk',
    type: 'marketplace',
    commission_rate: '7.5',
  })
  const kept = () =>
    withClient(server.database.superuserUrl, async (superuser) => {
      const { rows } = await superuser.query('SELECT credentials FROM channels.channel WHERE id = $1', [id])
      return rows[0].credentials as string | null
    })
  const set = await client.call('channels.set-credentials', { id, version: 1, credentials: secret })
  expect(set).toMatchObject({ has_credentials: true, version: 2 })
  const sealed = (await kept()) ?? ''
  expect(sealed).toMatch(/^v1\./)
  const encryption = createEncryption(() => loadEncryptionKeys({ encryptionKeys: undefined, dataDir: server.dataDir }))
  expect(encryption.open(sealed, placeOf(tenantId, id))).toBe(secret)
  expect(() => encryption.open(sealed, placeOf(tenantId, crypto.randomUUID()))).toThrow()

  const shown = [
    await client.call('channels.get-channel', { id }),
    await client.call('channels.list-channels', {}),
    await client.call('audit.list-entries', { event: 'channels.set-credentials' }),
  ]
  expect(JSON.stringify(shown)).not.toContain('very-secret')
  expect(JSON.stringify(shown)).not.toContain(sealed)
  await client.call('channels.delete-channel', { id, version: 2 })
  expect(await kept()).toBeNull()
})
