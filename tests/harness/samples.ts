import { z } from 'zod'
import { purposes } from '../../server/ledger/chart.ts'
import { type Operation, routeOf } from '../../server/platform/operation.ts'
import { createAccountSamples } from './accounts.ts'
import { withClient } from './postgres.ts'
import type { TestOwner, TestServer } from './server.ts'
import { signUpOwner, signUpPerson } from './server.ts'

/** The part of a JSON Schema that samples and bad values are made of. */
export interface FieldSchema {
  readonly type?: string
  readonly format?: string
  readonly pattern?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly secret?: boolean
  readonly anyOf?: readonly FieldSchema[]
  readonly items?: FieldSchema
  readonly properties?: Record<string, FieldSchema>
  readonly required?: readonly string[]
}

export type Input = Record<string, unknown>

export interface Sampler {
  /** A valid input of an operation: every field filled, what it is about made afresh. */
  inputOf(operation: Operation): Promise<Input>
  /** A session that may be ended, of whoever the last input of this operation is about. */
  cookieOf(operation: Operation): Promise<string>
}

/** The JSON Schema of an operation's input as a client sends it. */
export function inputSchemaOf(operation: Operation): FieldSchema {
  return z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) as FieldSchema
}

/** A field's schema with the null that it may also be left out. */
export function withoutNull(field: FieldSchema): FieldSchema {
  const others = field.anyOf?.filter((one) => one.type !== 'null') ?? []
  return others.length === 1 && others[0] ? others[0] : field
}

/** Where the fields of an input travel: path, query string or body. */
export function placeInput(operation: Operation, input: Input): { method: string; url: string; body?: Input } {
  const { method, path, pathFields } = routeOf(operation)
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !pathFields.includes(name)))
  const url = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(textOf(input[name])))
  if (method !== 'GET' && method !== 'DELETE') return { method, url, body: rest }
  const query = Object.entries(rest).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(value))}`,
  )
  return { method, url: query.length > 0 ? `${url}?${query.join('&')}` : url }
}

/**
 * Makes valid inputs for any operation, out of its schema, as one owner would send them. A field that no schema can
 * describe has a hint below by its name; a new one that needs a hint fails with a sentence that says so.
 */
export function createSampler(server: TestServer, owner: TestOwner, marker = 'Sample'): Sampler {
  let made = 0
  const hints = createHints(server, owner)
  const accounts = createAccountSamples(server)
  /** What cannot be made through the collection it is in. */
  const makers: Record<string, () => Promise<Input>> = {
    async 'tenants.accept-invitation'() {
      const host = await signUpOwner(server)
      await host.client.call('tenants.add-employee', { user_id: owner.userId, display_name: 'Guest' })
      return { tenant_id: host.tenantId }
    },
    'settings.get-setting': () => replyTo(owner),
    'settings.list-versions': () => replyTo(owner),
    'settings.set-setting': () => replyTo(owner),
    'settings.unset-setting': () => replyTo(owner),
    async 'audit.get-entry'() {
      const { items } = await owner.client.call('audit.list-entries', { limit: 1 })
      return { seq: items[0]?.seq }
    },
    async 'audit.list-resource-history'() {
      return { resource_type: 'tenant', resource_id: owner.tenantId }
    },
    async 'ledger.reopen-period'() {
      const books = await owner.client.call('ledger.open-books', { entity_id: await entityWithoutBooks(server, owner) })
      await owner.client.call('ledger.close-period', { id: books.id, month: '2020-12' })
      return books
    },
  }
  return {
    inputOf,
    cookieOf: async (operation) => (await accounts.cookieOf(operation)) ?? (await freshSession(owner)),
  }

  async function inputOf(operation: Operation): Promise<Input> {
    const { properties = {} } = inputSchemaOf(operation)
    const { pathFields } = routeOf(operation)
    const account = accounts.isAbout(operation) ? await accounts.fieldsOf(operation) : undefined
    const target = account ?? (await targetOf(operation))
    const input: Input = {}
    for (const [name, field] of Object.entries(properties)) {
      if (name === 'cursor') continue
      const isGiven = pathFields.includes(name) || name === 'version' || account?.[name] !== undefined
      const value = target && isGiven ? target[name] : await makeValue(operation, name, withoutNull(field))
      if (value !== undefined) input[name] = value
    }
    return input
  }

  /** What an operation on one resource is about: made through its collection, or read where there is only one. */
  async function targetOf(operation: Operation): Promise<Input | undefined> {
    if (!isOfOne(operation)) return undefined
    const make = makers[operation.name]
    if (make) return make()
    const [collection = ''] = routeOf(operation).path.split('/:')
    const find = (method: string) => server.product.operations.find((one) => one.route === `${method} ${collection}`)
    const maker = routeOf(operation).pathFields.length > 0 ? find('POST') : find('GET')
    if (!maker) throw new Error(`tests/harness/samples.ts needs a way to make what ${operation.name} is about`)
    return (await owner.client.request(maker.name, await inputOf(maker))).body as Input
  }

  function makeValue(operation: Operation, name: string, field: FieldSchema): unknown {
    const hint = hints[`${operation.name} ${name}`] ?? hints[name]
    if (hint) return hint()
    if (field.const !== undefined) return field.const
    if (field.enum) return field.enum[0]
    if (field.format === 'uuid') return freshId()
    if (field.type === 'integer' || field.type === 'number') return Math.max(1, field.minimum ?? 1)
    if (field.type === 'boolean') return true
    if (field.type === 'string' && field.pattern === undefined && field.format === undefined)
      return `${marker} ${++made}`
    throw new Error(`tests/harness/samples.ts needs a hint for the field ${name}`)
  }
}

function isOfOne(operation: Operation): boolean {
  return routeOf(operation).pathFields.length > 0 || 'version' in (inputSchemaOf(operation).properties ?? {})
}

async function freshSession({ client, email, password }: TestOwner): Promise<string> {
  const { headers } = await client.request('identity.sign-in', { email, password })
  return headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** Values of fields that no schema can describe, by the field's name, or by operation and field. */
function createHints(server: TestServer, owner: TestOwner): Record<string, () => unknown> {
  let made = 0
  let accounts = 0
  let lines: Promise<unknown> | undefined
  return {
    entity_id: () => owner.entityId,
    user_id: async () => (await signUpPerson(server)).userId,
    role_ids: async () => [(await owner.client.call('tenants.list-roles', {})).items[0]?.id],
    permissions: () => ['tenants.view-tenant'],
    time_zone: () => 'Africa/Casablanca',
    locale: () => 'fr-MA',
    country: () => 'MA',
    currency: () => 'MAD',
    code: () => `C${++made}`,
    cash_variance_threshold: () => '12.5000',
    expires_at: () => '2036-01-01T00:00:00Z',
    email: () => owner.email,
    password: () => owner.password,
    invitation: () => 'an invitation that nobody wrote',
    branch_id: () => owner.branchId,
    environment: () => undefined,
    value: () => `shop-${++made}@example.org`,
    // Each is later than the ones before it.
    valid_from: () => `${2090 + ++made}-01-01T00:00:00Z`,
    valid_until: () => undefined,
    document_type: () => 'sample_document',
    document_on: () => '2026-02-03',
    effective_on: () => '2026-02-04',
    from: () => '2026-01-01',
    until: () => '2026-12-31',
    on: () => '2026-06-30',
    month: () => '2020-12',
    floor: () => '-1000.5000',
    ceiling: () => '1000000',
    lines: () => {
      lines ??= twoLines(owner)
      return lines
    },
    'audit.list-entries from': () => '2026-01-01T00:00:00Z',
    'audit.list-entries until': () => '2036-01-01T00:00:00Z',
    'audit.read-chain from': () => '2026-01-01T00:00:00Z',
    'audit.read-chain until': () => '2036-01-01T00:00:00Z',
    'ledger.open-books entity_id': () => entityWithoutBooks(server, owner),
    // A purpose is served once in a currency.
    'ledger.create-account purpose': () => purposes[accounts % purposes.length],
    'ledger.create-account currency': () => ['MAD', 'MXN', 'COP', 'ARS'][Math.floor(accounts++ / purposes.length)],
  }
}

/** A setting that a branch can have, with the version at the owner's branch. */
function replyTo({ client, branchId }: TestOwner): Promise<Input> {
  return client.call('settings.get-setting', { name: 'messaging.reply-to', branch_id: branchId })
}

/** A legal entity as it was before there was a ledger. */
export async function entityWithoutBooks(server: TestServer, owner: TestOwner): Promise<string> {
  const id = freshId()
  await withClient(server.database.superuserUrl, (client) =>
    client.query(
      `INSERT INTO tenants.entity (tenant_id, id, legal_name, country, currency) VALUES ($1, $2, 'Without books', 'MA', 'MAD')`,
      [owner.tenantId, id],
    ),
  )
  return id
}

/** The lines of a balanced journal on two accounts that take anything. */
async function twoLines({ client, entityId: entity_id }: TestOwner) {
  const account = { entity_id, name: 'Of the lines', type: 'asset', currency: 'MAD' } as const
  const debit = await client.call('ledger.create-account', { ...account, code: 'L1' })
  const credit = await client.call('ledger.create-account', { ...account, code: 'L2' })
  return [
    { account_id: debit.id, amount: '12.5' },
    { account_id: credit.id, amount: '-12.50' },
  ]
}

/** A client-made identifier. */
export function freshId(): string {
  return crypto.randomUUID()
}

/** A value as an address carries it. */
function textOf(value: unknown): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).toWellFormed()
}
