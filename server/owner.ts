import type { Product } from './compose.ts'
import { uuidv7 } from './platform/identifiers.ts'

export interface NewOwner {
  readonly email: string
  readonly password: string
  readonly name: string
  readonly tenant: { legal_name: string; locale: string; time_zone: string; country: string; currency: string }
}

/**
 * Makes a person and a tenant that they own, through the same operations as everybody else. A person who has an account
 * keeps it; one who owns a tenant of this name already gets no second one.
 */
export async function makeOwnerOf(
  product: Product,
  { email, password, name, tenant }: NewOwner,
): Promise<{ tenantId: string }> {
  await product.people.signUp({ name, email, password })
  const user = await product.people.findByEmail(email)
  if (!user) throw new Error(`the account ${email} could not be made`)
  const caller = {
    requestId: uuidv7(),
    userId: user.id,
    sessionId: null,
    apiKeyId: null,
    tenantId: null,
    employeeId: null,
    permissions: new Set<string>(),
  }
  const run = async (name: string, input: unknown) => {
    const operation = product.operations.find((one) => one.name === name)
    if (!operation) throw new Error(`there is no operation ${name}`)
    return (await product.execute({ operation, input, caller })).body
  }
  const { items } = (await run('tenants.list-tenants', {})) as { items: { id: string; legal_name: string }[] }
  const existing = items.find((one) => one.legal_name === tenant.legal_name)
  if (existing) return { tenantId: existing.id }
  const { id } = (await run('tenants.create-tenant', tenant)) as { id: string }
  return { tenantId: id }
}
