import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'

/** A tenant with its first branch. */
export interface Shop {
  readonly tenantId: string
  readonly branch: { id: string; entity_id: string; time_zone: string }
}

/** Each hashes a password, of which few wait for a processor. */
const signInsAtOnce = 32

/** Signs a person up, makes them tenants, and signs them in as often as there are clients; gives the sessions' cookies. */
export async function openShops(
  url: string,
  counts: { tenants: number; sessions: number },
): Promise<{ shops: Shop[]; cookies: string[] }> {
  const person = { email: 'bench@example.org', password: 'correct horse battery' }
  const stranger = createClient<Operations>({ url })
  await stranger.call('identity.sign-up', { name: 'Amina Bench', ...person })
  const cookies: string[] = []
  const signIn = async () => {
    const { headers } = await stranger.request('identity.sign-in', person)
    cookies.push(headers.getSetCookie()[0]!.split(';')[0]!)
  }
  for (let left = counts.sessions; left > 0; left -= signInsAtOnce)
    await Promise.all(Array.from({ length: Math.min(left, signInsAtOnce) }, signIn))
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
