import { type Operation, routeOf } from '../../server/platform/operation.ts'
import { jsonSchemaOf } from '../../server/platform/schema.ts'
import { createAccountSamples } from './accounts.ts'
import { batchMakers } from './batches.ts'
import { cashSamples } from './cash.ts'
import { makeProduct } from './catalog.ts'
import { countSamples } from './counts.ts'
import { deviceSamples } from './device-hints.ts'
import { createHints, entityWithoutBooks, freshId, type Hints } from './hints.ts'
import { historyMakers } from './history.ts'
import { importSamples } from './import-hints.ts'
import { paymentMakers } from './payment-hints.ts'
import { qualityMakers } from './quality.ts'
import { alertOf } from './replenishment-hints.ts'
import { reportMakers } from './report-hints.ts'
import { hire, signUpPerson, type TestOwner, type TestServer } from './server.ts'
import { postingOf } from './stock-hints.ts'
import { ticketSamples } from './tickets.ts'
import { transferMakers } from './transfers.ts'

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

export interface SamplerOptions {
  /** What texts begin with. */
  readonly marker?: string
  readonly hints?: Readonly<Record<string, () => unknown>>
  readonly makers?: Readonly<Record<string, () => Promise<Input>>>
}

export interface Sampler {
  /** A valid input of an operation: every field filled, what it is about made afresh. */
  inputOf(operation: Operation): Promise<Input>
  /** A session that may be ended, of whoever the last input of this operation is about. */
  cookieOf(operation: Operation): Promise<string>
}

/** The JSON Schema of an operation's input as a client sends it. */
export function inputSchemaOf(operation: Operation): FieldSchema {
  return jsonSchemaOf(operation.input, 'input') as FieldSchema
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
 * describe has a hint below by its name; a new one that needs a hint fails with a sentence that says so. `special` adds
 * hints, by field or by operation and field, and ways to make what an operation is about.
 */
export function createSampler(
  server: TestServer,
  owner: TestOwner,
  { marker = 'Sample', ...special }: SamplerOptions = {},
): Sampler {
  let made = 0
  const parts = [
    countSamples(server, owner),
    cashSamples(server, owner),
    deviceSamples(owner),
    ticketSamples(owner),
    importSamples(server, owner),
    special,
  ]
  const hints: Hints = Object.assign({}, createHints(server, owner), ...parts.map((part) => part.hints))
  const accounts = createAccountSamples(server)
  const makers: Makers = Object.assign({}, createMakers(server, owner), ...parts.map((part) => part.makers))
  return { inputOf, cookieOf }

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

  async function cookieOf(operation: Operation): Promise<string> {
    const cookie = await accounts.cookieOf(operation)
    if (cookie) return cookie
    if (operation.name === 'tenants.leave-tenant') return cookieOfGuest(server, owner)
    return freshSession(owner)
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
      return `${marker} ${String(++made).padStart(5, '0')}`
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

type Makers = Readonly<Record<string, () => Promise<Input>>>

/** Makes what cannot be made through the collection it is in. */
function createMakers(server: TestServer, owner: TestOwner): Makers {
  return {
    ...batchMakers(owner),
    ...transferMakers(server, owner),
    ...paymentMakers(server, owner),
    ...historyMakers(owner),
    ...reportMakers(owner),
    ...qualityMakers(server, owner),
    'settings.get-setting': () => replyTo(owner),
    'settings.list-versions': () => replyTo(owner),
    'settings.set-setting': () => replyTo(owner),
    'settings.unset-setting': () => replyTo(owner),
    'tenants.reset-role': () => editedRole(owner),
    async 'audit.get-entry'() {
      const { items } = await owner.client.call('audit.list-entries', { limit: 1 })
      return { seq: items[0]?.seq }
    },
    async 'audit.list-resource-history'() {
      return { resource_type: 'tenant', resource_id: owner.tenantId }
    },
    'inventory.get-posting': () => postingOf(owner),
    'catalog.set-kit-lines': async () => (await makeProduct(owner, { kind: 'kit' })).variant,
    async 'parties.restore-party'() {
      const { id, version } = await vendorOf(owner)
      return owner.client.call('parties.delete-party', { id: String(id), version: Number(version) })
    },
    'parties.set-role': async () => ({ ...(await vendorOf(owner)), role: 'retailer', version: 0 }),
    'parties.end-role': () => vendorOf(owner),
    'parties.decide-approval': () => vendorOf(owner),
    'parties.list-decisions': () => vendorOf(owner),
    'replenishment.acknowledge-alert': () => alertOf(owner),
    async 'ledger.reopen-period'() {
      const books = await owner.client.call('ledger.open-books', { entity_id: await entityWithoutBooks(server, owner) })
      await owner.client.call('ledger.close-period', { id: books.id, month: '2020-12' })
      return books
    },
  }
}

/** The cookie of an employee who may leave: the owner is the last one. */
async function cookieOfGuest(server: TestServer, owner: TestOwner): Promise<string> {
  const guest = await signUpPerson(server)
  await hire(server, owner, guest)
  return guest.cookie
}

/** A ready-made role that somebody edited, and that none of the samples works with. */
async function editedRole({ client }: TestOwner): Promise<Input> {
  const { items } = await client.call('tenants.list-roles', {})
  const { id, version } = items.find(({ made_from }) => made_from === 'accountant') ?? { id: '', version: 0 }
  return client.call('tenants.update-role', { id, version, permissions: ['tenants.view-tenant'] })
}

/** A party in a role. */
async function vendorOf({ client }: TestOwner): Promise<Input> {
  const made = await client.call('parties.create-party', { kind: 'organisation', name: 'Stall', roles: ['vendor'] })
  return { ...made, role: 'vendor' }
}

/** A setting that a branch can have, with the version at the owner's branch. */
function replyTo({ client, branchId }: TestOwner): Promise<Input> {
  return client.call('settings.get-setting', { name: 'messaging.reply-to', branch_id: branchId })
}

/** A value as an address carries it. */
function textOf(value: unknown): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).toWellFormed()
}
