import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMail, queuedMail } from '../server/messaging/mail.ts'
import { makeOwnerOf } from '../server/owner.ts'
import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { withClient } from './harness/postgres.ts'
import {
  clientIn,
  hire,
  invitationTo,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from './harness/server.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const asSuperuser = (statement: string, values: unknown[] = []) =>
  withClient(server.database.superuserUrl, (client) => client.query(statement, values))

let addresses = 0
const newAddress = () => `guest-${++addresses}@example.org`

async function invite(email: string, more: object = {}) {
  const invited = await owner.client.call('tenants.add-employee', { email, display_name: 'Karim Alami', ...more })
  return { invited, token: await invitationTo(server, email) }
}

test('an invitation is answered alike for an address that has an account and for one that has none', async () => {
  const known = await signUpPerson(server)
  const answers = [known.email, newAddress()].map((email) =>
    owner.client.call('tenants.add-employee', { email, display_name: 'Somebody' }),
  )
  const [one, other] = (await Promise.all(answers)).map(
    ({ id: _, invited_email: __, created_at: ___, updated_at: ____, invitation_expires_at: _____, ...rest }) => rest,
  )
  expect(one).toEqual(other)
  expect(one).toMatchObject({ status: 'invited', user_id: null })
})

test('whoever holds the token sees who invites and where to, takes up the place, and their address is forgotten', async () => {
  const person = await signUpPerson(server)
  const { invited, token } = await invite(person.email)
  const { legal_name: legalName } = await owner.client.call('tenants.get-tenant', {})
  expect(await person.client.call('tenants.look-at-invitation', { token })).toEqual({
    tenant_id: owner.tenantId,
    legal_name: legalName,
    display_name: 'Karim Alami',
    invited_by: 'Amina Test',
    expires_at: invited.invitation_expires_at,
  })
  expect((await person.client.call('tenants.list-tenants', {})).items).toEqual([])

  const accepted = await person.client.call('tenants.accept-invitation', { token })
  expect(accepted).toMatchObject({
    id: invited.id,
    status: 'active',
    user_id: person.userId,
    invited_email: null,
    invitation_expires_at: null,
  })
  const { rows } = await asSuperuser('SELECT e::text AS text FROM tenants.employee e')
  expect(rows.filter(({ text }) => text.includes(person.email))).toEqual([])
})

test('an invitation is open for seven days', async () => {
  const { invited } = await invite(newAddress())
  const { rows } = await asSuperuser(
    `SELECT expires_at - created_at BETWEEN interval '6 days 23 hours' AND interval '7 days 1 hour' AS is_a_week
     FROM tenants.invitation WHERE employee_id = $1`,
    [invited.id],
  )
  expect(rows).toEqual([{ is_a_week: true }])
})

describe('one same refusal answers a token that was', () => {
  const refused = { problem: { status: 422, code: 'invitation_invalid' } }
  const cases: [what: string, spoil: (invited: { id: string; version: number }, token: string) => Promise<unknown>][] =
    [
      ['used', async (_, token) => (await signUpPerson(server)).client.call('tenants.accept-invitation', { token })],
      [
        'expired',
        ({ id }) =>
          asSuperuser(`UPDATE tenants.invitation SET expires_at = now() - interval '1 second' WHERE employee_id = $1`, [
            id,
          ]),
      ],
      ['cancelled', ({ id }) => owner.client.call('tenants.cancel-invitation', { id })],
      ['replaced by a new one', ({ id }) => owner.client.call('tenants.resend-invitation', { id })],
      ['taken back with the place', ({ id, version }) => owner.client.call('tenants.remove-employee', { id, version })],
    ]

  test.each(cases)('%s', async (_, spoil) => {
    const person = await signUpPerson(server)
    const { invited, token } = await invite(newAddress())
    await spoil(invited, token)
    const detail: unknown[] = []
    for (const name of ['tenants.accept-invitation', 'tenants.look-at-invitation'] as const) {
      for (const tried of [token, 'no token that anybody made']) {
        await person.client.call(name, { token: tried }).catch((error) => detail.push(error.problem.detail))
        await expect(person.client.call(name, { token: tried })).rejects.toMatchObject(refused)
      }
    }
    expect(new Set(detail).size).toBe(1)
  })
})

test('a token that many show at once opens one place', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => signUpPerson(server)))
  const { token } = await invite(newAddress())
  const results = await Promise.allSettled(
    people.map(({ client }) => client.call('tenants.accept-invitation', { token })),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const codes = results.flatMap((one) => (one.status === 'rejected' ? [one.reason.problem.code] : []))
  expect(new Set(codes)).toEqual(new Set(['invitation_invalid']))
})

test('one person has one place in a tenant, and one address one invitation', async () => {
  const person = await signUpPerson(server)
  await hire(server, owner, person)
  const { token } = await invite(person.email)
  await expect(person.client.call('tenants.accept-invitation', { token })).rejects.toMatchObject({
    problem: { status: 409, code: 'employee_exists' },
  })
  await expect(invite(person.email.toUpperCase())).rejects.toMatchObject({
    problem: { status: 409, code: 'already_invited' },
  })
})

test('an invitation that is sent again opens by its new link, and one that was accepted is sent no more', async () => {
  const person = await signUpPerson(server)
  const { invited, token: first } = await invite(person.email)
  await owner.client.call('tenants.resend-invitation', { id: invited.id })
  const second = await invitationTo(server, person.email)
  expect(second).not.toBe(first)
  await person.client.call('tenants.accept-invitation', { token: second })
  for (const name of ['tenants.resend-invitation', 'tenants.cancel-invitation'] as const) {
    await expect(owner.client.call(name, { id: invited.id })).rejects.toMatchObject({
      problem: { status: 409, code: 'not_invited' },
    })
  }
})

test.each([
  ['fr-MA', 'vous invite chez'],
  ['es-MX', 'le invita a'],
  ['ar-MA', 'invites you to'],
])('the letter is in the language of the tenant, or in English: %s', async (locale, words) => {
  const boss = await signUpOwner(server)
  const { version, legal_name: legalName } = await boss.client.call('tenants.get-tenant', {})
  await boss.client.call('tenants.update-tenant', { version, locale })
  const email = newAddress()
  await boss.client.call('tenants.add-employee', { email, display_name: 'Karim' })
  const { rows } = await asSuperuser('SELECT payload FROM graphile_worker._private_jobs ORDER BY id DESC LIMIT 1')
  const { subject, text, expires_at } = openMail(server.product.encryption, queuedMail.parse(rows[0].payload))
  expect(subject).toBe(`Amina Test ${words} ${legalName}`)
  expect(text).toContain('http://localhost')
  expect(expires_at).not.toBeNull()
})

test('the link leads to the page however the address of the installation is written', async () => {
  const env = { PUBLIC_URL: 'https://shop.example/tills/', SIGN_UP: 'open' }
  const elsewhere = await startTestServer({ env })
  const boss = await signUpOwner(elsewhere)
  await boss.client.call('tenants.add-employee', { email: newAddress(), display_name: 'Karim' })
  const { rows } = await withClient(elsewhere.database.superuserUrl, (client) =>
    client.query(`SELECT payload FROM graphile_worker._private_jobs WHERE payload->>'kind' = 'invitation'`),
  )
  const { text } = openMail(elsewhere.product.encryption, queuedMail.parse(rows[0].payload))
  expect(text).toMatch(/^https:\/\/shop\.example\/invitation#\S{43}$/m)
  await elsewhere.close()
})

test('names of any length fit into the subject', async () => {
  const boss = await signUpOwner(server)
  const { version } = await boss.client.call('tenants.get-tenant', {})
  await boss.client.call('tenants.update-tenant', { version, legal_name: '\u{1f3ea}'.repeat(100) })
  const { id, version: at } = await boss.client.call('tenants.get-employee', { id: boss.employeeId })
  await boss.client.call('tenants.update-employee', { id, version: at, display_name: 'N'.repeat(100) })
  const email = newAddress()
  await boss.client.call('tenants.add-employee', { email, display_name: 'Karim' })
  expect(await invitationTo(server, email)).toHaveLength(43)
})

test('the letter makes no link of what somebody is called, or of what they call others', async () => {
  const boss = await signUpOwner(server)
  const { version } = await boss.client.call('tenants.get-tenant', {})
  await boss.client.call('tenants.update-tenant', { version, legal_name: 'Mr. J.R. at evil.example' })
  const email = newAddress()
  const names = ['http://evil.example/prize', 'www.evil.example', 'a@evil。example', 'http:evil', 'evil．example']
  for (const [at, display_name] of names.entries()) {
    await boss.client.call('tenants.add-employee', { email: `${at}-${email}`, display_name })
    const { rows } = await asSuperuser('SELECT payload FROM graphile_worker._private_jobs ORDER BY id DESC LIMIT 1')
    const { subject, text } = openMail(server.product.encryption, queuedMail.parse(rows[0].payload))
    const ours = text.replace(/http:\/\/localhost\S+/, '')
    expect(`${subject} ${ours}`, display_name).not.toMatch(/evil[.。．]example|www\.evil|http:[^ ]/)
    expect(text).toContain('Mr. J.R. at evil. example')
  }
})

describe('invitations are no way to send mail:', () => {
  const refused = { problem: { status: 429, code: 'too_many_invitations' } }
  const lettersTo = async (tenantId: string) => {
    const { rows } = await asSuperuser(
      `SELECT count(*)::int AS letters FROM graphile_worker._private_jobs
       WHERE payload->>'kind' = 'invitation' AND payload->>'tenant_id' = $1`,
      [tenantId],
    )
    return rows[0].letters
  }

  test('a place has five in an hour, however many are asked for at once', async () => {
    const boss = await signUpOwner(server)
    const { id } = await boss.client.call('tenants.add-employee', { email: newAddress(), display_name: 'Karim' })
    const resend = () => boss.client.call('tenants.resend-invitation', { id })
    const results = await Promise.allSettled(Array.from({ length: 12 }, resend))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
    expect(await lettersTo(boss.tenantId)).toBe(5)
    await expect(resend()).rejects.toMatchObject(refused)
    await asSuperuser(
      "UPDATE tenants.invitation SET created_at = created_at - interval '61 minutes' WHERE employee_id = $1",
      [id],
    )
    await resend()
  })

  test('a tenant has two hundred in a day', async () => {
    const boss = await signUpOwner(server)
    const invite = () => boss.client.call('tenants.add-employee', { email: newAddress(), display_name: 'Karim' })
    const { id } = await invite()
    await asSuperuser(
      `INSERT INTO tenants.invitation (tenant_id, id, employee_id, invited_by, token_hash, expires_at, status)
       SELECT $1, gen_random_uuid(), $2, $3, sha256(n::text::bytea), now(), 'cancelled' FROM generate_series(1, 199) AS n`,
      [boss.tenantId, id, boss.employeeId],
    )
    await expect(invite()).rejects.toMatchObject(refused)
    await asSuperuser(
      "UPDATE tenants.invitation SET created_at = created_at - interval '25 hours' WHERE employee_id = $1",
      [id],
    )
    await invite()
  })
})

test('nobody resends, cancels or clears for somebody who may do more than they', async () => {
  const boss = await signUpOwner(server)
  const manager = await signUpPerson(server)
  const roles = (await boss.client.call('tenants.list-roles', {})).items
  const named = (name: string) => roles.find((role) => role.name === name)?.id ?? ''
  await hire(server, boss, manager, [named('manager')])
  const there = clientIn(server, manager, boss.tenantId)
  const invited = await boss.client.call('tenants.add-employee', {
    email: newAddress(),
    display_name: 'Second owner',
    role_ids: [named('owner')],
  })
  await boss.client.call('tenants.set-till-pin', { pin: '8317' })
  const tooMuch = { problem: { status: 403, code: 'grants_too_much' } }
  await expect(there.call('tenants.resend-invitation', { id: invited.id })).rejects.toMatchObject(tooMuch)
  await expect(there.call('tenants.cancel-invitation', { id: invited.id })).rejects.toMatchObject(tooMuch)
  await expect(there.call('tenants.clear-till-pin', { id: boss.employeeId })).rejects.toMatchObject(tooMuch)
  const cashier = { email: newAddress(), display_name: 'Cashier', role_ids: [named('cashier')] }
  const { id } = await there.call('tenants.add-employee', cashier)
  await there.call('tenants.resend-invitation', { id })
  await there.call('tenants.clear-till-pin', { id })
  await there.call('tenants.cancel-invitation', { id })
})

test('an invitation that is refused in the end sends nothing', async () => {
  const email = newAddress()
  const taken = { id: owner.employeeId, email, display_name: 'Twin' }
  await expect(owner.client.call('tenants.add-employee', taken)).rejects.toMatchObject({
    problem: { code: 'already_exists' },
  })
  await expect(invitationTo(server, email)).rejects.toThrow('there is no invitation')
})

test('no table but the sealed queue of mails holds a token, and the chain holds neither token nor address', async () => {
  const person = await signUpPerson(server)
  const { token } = await invite(person.email)
  await person.client.call('tenants.accept-invitation', { token })
  const { rows: tables } = await asSuperuser(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'`,
  )
  for (const { name } of tables) {
    const found = await asSuperuser(`SELECT FROM ${name} t WHERE position($1 IN t::text) > 0`, [token])
    expect(found.rowCount, name).toBe(0)
  }
  const chain = await asSuperuser('SELECT FROM audit.entry WHERE position($1 IN body) > 0', [person.email])
  expect(chain.rowCount).toBe(0)
})

describe('on a server where sign-up is closed', () => {
  let closed: TestServer
  beforeAll(async () => {
    closed = await startTestServer({ database: server.database, env: { SIGN_UP: 'closed' } })
  })
  afterAll(() => closed.close())

  const signUp = (email: string, invitation?: string) =>
    createClient<Operations>({ url: closed.url }).call('identity.sign-up', {
      name: 'Guest',
      email,
      password: 'plain umbrella orchard',
      ...(invitation ? { invitation } : {}),
    })
  const refused = { problem: { status: 403, code: 'sign_up_closed' } }

  test('whom a tenant invites makes an account with the token, at the invited address only', async () => {
    const email = newAddress()
    const { token } = await invite(email)
    await expect(signUp(email)).rejects.toMatchObject(refused)
    await expect(signUp(email, 'another token')).rejects.toMatchObject(refused)
    await expect(signUp(newAddress(), token)).rejects.toMatchObject(refused)
    await signUp(email, token)
    const { rows } = await asSuperuser('SELECT email FROM identity."user" WHERE email = $1', [email])
    expect(rows).toEqual([{ email }])
  })

  test('whom a tenant invites makes no tenants of their own; the operator does', async () => {
    const guest = await signUpPerson(server)
    const { token } = await invite(guest.email)
    const there = createClient<Operations>({ url: closed.url, headers: { cookie: guest.cookie } })
    await there.call('tenants.accept-invitation', { token })
    const tenant = { legal_name: 'My own', time_zone: 'UTC', country: 'FR', currency: 'EUR', locale: 'en' }
    await expect(there.call('tenants.create-tenant', tenant)).rejects.toMatchObject({
      problem: { status: 403, code: 'tenants_closed' },
    })
    const { email, password } = guest
    // As `create-owner` does, whatever the server is told.
    await makeOwnerOf(server.product, { name: 'Guest', email, password, tenant })
    expect((await there.call('tenants.list-tenants', {})).items).toHaveLength(2)
  })

  test('an invitation that was cancelled lets nobody in', async () => {
    const email = newAddress()
    const { invited, token } = await invite(email)
    await owner.client.call('tenants.cancel-invitation', { id: invited.id })
    await expect(signUp(email, token)).rejects.toMatchObject(refused)
  })
})

describe('a place ends:', () => {
  test('who leaves loses access at the next request, vanishes from the directory, and can be invited again', async () => {
    const person = await signUpPerson(server)
    const { permissions } = { permissions: ['tenants.view-tenant', 'tenants.manage-api-keys'] }
    const role = await owner.client.call('tenants.create-role', { name: 'leaver', permissions })
    const place = await hire(server, owner, person, [role.id])
    const there = clientIn(server, person, owner.tenantId)
    const key = await there.call('tenants.create-api-key', {
      name: 'mine',
      permissions: ['tenants.view-tenant'],
      expires_at: '2036-01-01T00:00:00Z',
    })
    const program = createClient<Operations>({ url: server.url, headers: { authorization: `Bearer ${key.secret}` } })
    await program.call('tenants.get-tenant', {})
    await expect(program.call('tenants.leave-tenant', {})).rejects.toMatchObject({ problem: { code: 'forbidden' } })

    expect(await there.call('tenants.leave-tenant', {})).toMatchObject({ id: place.id, status: 'ended', role_ids: [] })
    await expect(there.call('tenants.get-tenant', {})).rejects.toMatchObject({ problem: { code: 'tenant_not_found' } })
    await expect(program.call('tenants.get-tenant', {})).rejects.toMatchObject({ problem: { code: 'unauthenticated' } })
    expect((await person.client.call('tenants.list-tenants', {})).items).toEqual([])
    await expect(owner.client.call('tenants.get-employee', { id: place.id })).rejects.toMatchObject({
      problem: { code: 'not_found' },
    })

    const again = await hire(server, owner, person)
    expect(again.id).not.toBe(place.id)
    expect(again).toMatchObject({ status: 'active', role_ids: [] })
    await expect(program.call('tenants.get-tenant', {})).rejects.toMatchObject({ problem: { code: 'unauthenticated' } })
  })

  test('an owner removes an employee, a manager does not remove an owner, and the last owner stays', async () => {
    const boss = await signUpOwner(server)
    const [employee, manager] = [await signUpPerson(server), await signUpPerson(server)]
    const permissions = ['tenants.manage-employees']
    const role = await boss.client.call('tenants.create-role', { name: 'staffer', permissions })
    const place = await hire(server, boss, employee)
    await hire(server, boss, manager, [role.id])
    const there = clientIn(server, manager, boss.tenantId)

    const { version } = await boss.client.call('tenants.get-employee', { id: boss.employeeId })
    await expect(there.call('tenants.remove-employee', { id: boss.employeeId, version })).rejects.toMatchObject({
      problem: { code: 'grants_too_much' },
    })
    const lastOwner = { problem: { status: 409, code: 'last_owner' } }
    await expect(boss.client.call('tenants.leave-tenant', {})).rejects.toMatchObject(lastOwner)
    await expect(boss.client.call('tenants.remove-employee', { id: boss.employeeId, version })).rejects.toMatchObject(
      lastOwner,
    )

    await there.call('tenants.remove-employee', { id: place.id, version: place.version })
    await expect(employee.client.call('tenants.get-tenant', {})).rejects.toMatchObject({
      problem: { code: 'tenant_required' },
    })
  })

  test('two owners who leave at once leave one', async () => {
    const boss = await signUpOwner(server)
    const partner = await signUpPerson(server)
    const { items } = await boss.client.call('tenants.list-roles', {})
    await hire(server, boss, partner, [items.find(({ permissions }) => permissions.includes('*'))?.id ?? ''])
    const both = [boss.client, clientIn(server, partner, boss.tenantId)]
    const results = await Promise.allSettled(both.map((client) => client.call('tenants.leave-tenant', {})))
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [reason] = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(reason).toMatchObject({ problem: { code: 'last_owner' } })
  })
})
