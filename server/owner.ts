import type { Product } from './compose.ts'
import { OperatorError } from './platform/explain.ts'
import { uuidv7 } from './platform/identifiers.ts'
import type { Caller, Operation } from './platform/operation.ts'

export interface NewOwner {
  readonly email: string
  readonly password: string
  readonly name: string
  readonly tenant: {
    legal_name: string
    locale: string
    time_zone: string
    country: string
    currency: string
    business_type?: string
  }
}

interface Person {
  readonly email: string
  readonly password: string
  readonly name: string
}

/**
 * Makes a person and a tenant that they own, through the same operations as everybody else. A person who has an account
 * keeps it, if the password is theirs; one who owns a tenant of this name already gets no second one.
 * Throws `OperatorError` for another password, and for wrong input before anything is made.
 */
export async function makeOwnerOf(product: Product, { tenant, ...owner }: NewOwner): Promise<{ tenantId: string }> {
  const person = checkInput(operationOf(product, 'identity.sign-up'), owner) as Person
  checkInput(operationOf(product, 'tenants.create-tenant'), tenant)
  const caller = personOf(await makePerson(product, person))
  const run = async (name: string, input: unknown) =>
    (await product.execute({ operation: operationOf(product, name), input, caller })).body
  const { items } = (await run('tenants.list-tenants', {})) as { items: { id: string; legal_name: string }[] }
  const existing = items.find((one) => one.legal_name === tenant.legal_name)
  if (existing) return { tenantId: existing.id }
  const { id } = (await run('tenants.create-tenant', tenant)) as { id: string }
  return { tenantId: id }
}

/**
 * The id of a person, whose account is made unless there is one. Throws `OperatorError` for another password: sign-up says nothing of an
 * account that exists; a stranger may have made it, and must not be given a tenant.
 */
export async function makePerson(product: Product, person: Person): Promise<string> {
  const { people } = product
  const known = await people.checkPassword(person)
  // Whose account it is would be written a letter.
  if (known !== undefined) return known
  await product.execute({ operation: operationOf(product, 'identity.sign-up'), input: person, caller: personOf(null) })
  const userId = await people.checkPassword(person)
  if (userId !== undefined) return userId
  throw new OperatorError(
    `${person.email} has an account with another password: give that one, or take another address.`,
  )
}

/** The caller of a person who works nowhere yet; null is a stranger. */
export function personOf(userId: string | null): Caller {
  const nothing = { sessionId: null, apiKeyId: null, deviceId: null, tenantId: null, employeeId: null }
  return { requestId: uuidv7(), userId, ...nothing, permissions: new Set(), scope: null, features: new Set() }
}

/** The operation of a name. */
export function operationOf({ operations }: Product, name: string): Operation {
  const operation = operations.find((one) => one.name === name)
  if (!operation) throw new Error(`there is no operation ${name}`)
  return operation
}

function checkInput(operation: Operation, input: unknown): unknown {
  const parsed = operation.input.safeParse(input)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map(
    ({ path, message }: { path: PropertyKey[]; message: string }) => `  ${path.join('.')}: ${message}`,
  )
  throw new OperatorError(`The owner cannot be made:\n${lines.join('\n')}`)
}
