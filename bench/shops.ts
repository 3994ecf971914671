import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import type { Stage } from './stage.ts'

/** A tenant with its first branch. */
export interface Shop {
  readonly tenantId: string
  readonly branch: { id: string; entity_id: string; time_zone: string }
}

/** Each hashes a password, of which few wait for a processor. */
const signInsAtOnce = 32

const owner = { email: 'bench@example.org', password: 'correct horse battery' }

/** Signs a person up, makes them tenants, and signs them in as often as there are clients; gives the sessions' cookies. */
export async function openShops(
  url: string,
  counts: { tenants: number; sessions: number },
): Promise<{ shops: Shop[]; cookies: string[] }> {
  await createClient<Operations>({ url }).call('identity.sign-up', { name: 'Amina Bench', ...owner })
  const cookies = await signIn(url, Array(counts.sessions).fill(owner.email))
  const client = createClient<Operations>({ url, headers: { cookie: cookies[0]! } })
  const shops: Shop[] = []
  for (let number = 1; number <= counts.tenants; number++) {
    const place = { country: 'MA', currency: 'MAD', time_zone: 'Africa/Casablanca' }
    const { id, branch_id } = await client.call('tenants.create-tenant', { legal_name: `Shop ${number}`, ...place })
    const branch = await client.call('tenants.get-branch', { id: branch_id }, { headers: { 'comptoir-tenant': id } })
    shops.push({ tenantId: id, branch })
  }
  return { shops, cookies }
}

/**
 * Gives the shops in turn so many cashiers, people of their own who are confined to the branch, and signs them in; gives the sessions'
 * cookies. Their accounts and places are written as their commands would leave them, with the owner's password.
 */
export async function hireCashiers(
  stage: Stage,
  url: string,
  shops: readonly Shop[],
  count: number,
): Promise<string[]> {
  const people = Array.from({ length: count }, (_, at) => {
    const { tenantId: tenant_id, branch } = shops[at % shops.length]!
    return { tenant_id, branch_id: branch.id, email: `cashier-${at}@example.org` }
  })
  const hired = await stage.query(
    'comptoir',
    `WITH person AS MATERIALIZED (
       SELECT given.*, gen_random_uuid() AS user_id, gen_random_uuid() AS employee_id
       FROM jsonb_to_recordset('${JSON.stringify(people)}') AS given (tenant_id uuid, branch_id uuid, email text)
     ), made AS (
       INSERT INTO identity."user" (id, name, email, email_verified) SELECT user_id, 'Karim Bench', email, true FROM person
     ), account AS (
       INSERT INTO identity.account (id, user_id, account_id, provider_id, password)
       SELECT gen_random_uuid(), p.user_id, p.user_id::text, a.provider_id, a.password
       FROM person p, identity.account a JOIN identity."user" u ON u.id = a.user_id WHERE u.email = '${owner.email}'
     ), employee AS (
       INSERT INTO tenants.employee (tenant_id, id, user_id, display_name, status, is_scoped)
       SELECT tenant_id, employee_id, user_id, 'Karim Bench', 'active', true FROM person
     ), scope AS (
       INSERT INTO tenants.employee_scope (tenant_id, id, employee_id, branch_id, valid)
       SELECT tenant_id, gen_random_uuid(), employee_id, branch_id, tstzrange(now(), NULL) FROM person
     ), place AS (
       INSERT INTO tenants.directory (kind, key, tenant_id) SELECT 'user', user_id::text, tenant_id FROM person
     )
     INSERT INTO tenants.employee_role (tenant_id, id, employee_id, role_id, valid)
     SELECT p.tenant_id, gen_random_uuid(), p.employee_id, r.id, tstzrange(now(), NULL)
     FROM person p JOIN tenants.role r ON r.tenant_id = p.tenant_id AND r.name = 'cashier' RETURNING employee_id`,
  )
  if (hired.length !== count) throw new Error(`${hired.length} of ${count} cashiers have their role`)
  return signIn(
    url,
    people.map(({ email }) => email),
  )
}

/** Signs people in who have the owner's password; gives the cookie of each session. */
async function signIn(url: string, emails: readonly string[]): Promise<string[]> {
  const stranger = createClient<Operations>({ url })
  const cookieOf = async (email: string) => {
    const { headers } = await stranger.request('identity.sign-in', { email, password: owner.password })
    return headers.getSetCookie()[0]!.split(';')[0]!
  }
  const cookies: string[] = []
  for (let at = 0; at < emails.length; at += signInsAtOnce)
    cookies.push(...(await Promise.all(emails.slice(at, at + signInsAtOnce).map(cookieOf))))
  return cookies
}
