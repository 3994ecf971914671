import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownIdField } from '../server/platform/idempotency.ts'
import { type Operation, routeOf } from '../server/platform/operation.ts'
import { permissionsOf } from '../server/registry.ts'
import { presetPermissions, rolePresets } from '../server/role-presets.ts'
import { inGroups } from './harness/groups.ts'
import { freshId } from './harness/hints.ts'
import { createSampler, type Input, inputSchemaOf, placeInput, type Sampler } from './harness/samples.ts'
import {
  clientIn,
  hire,
  invitationTo,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestPerson,
  type TestServer,
} from './harness/server.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/reference/permissions.md'), 'utf8')
const atOnce = 32
const placeKinds = ['whole tenant', 'legal entity', 'region', 'branch'] as const
type PlaceKind = (typeof placeKinds)[number]

/** What the page says, by name and then by column. */
const reaches = tableOf('reach')
const matrix = tableOf('operation')
const roles = rolePresets.map(({ name }) => name)

/** Allowed operations that are refused all the same: what they do can be done once and was, or is somebody else's. */
const answersOtherwise: ReadonlyMap<string, string> = new Map([
  // Every legal entity that is made has its books from the start, those inside too.
  ['ledger.open-books', 'books_exist'],
  // Another role closed the month of the samples before, and not all that may close one may reopen it.
  ['ledger.close-period', 'period_already_closed'],
  // Somebody else opened the sessions of the samples: whoever may not manage those of others works on their own.
  ['cash.pay-in', 'session_of_another'],
  ['cash.pay-out', 'session_of_another'],
  ['cash.drop-cash', 'session_of_another'],
  ['cash.close-session', 'session_of_another'],
  ['cash.count-session', 'session_of_another'],
  // Each report has a permission of its own.
  ['reports.run-report', 'report_not_readable'],
  ['reports.drill-figure', 'report_not_readable'],
  ['reports.export-report', 'report_not_readable'],
  ['reports.save-report', 'report_not_readable'],
  // The owner saved those of the samples: whoever may not manage those of others changes their own.
  ['reports.change-saved-report', 'saved_report_of_another'],
  ['reports.remove-saved-report', 'saved_report_of_another'],
])

interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly body: string
}

let server: TestServer
let owner: TestOwner
/** One employee for each ready-made role. */
const employees = new Map<string, TestPerson & { id: string }>()
/** Legal entity, region and branch: what every employee works in, and what is beyond those who are confined. */
let inside: Places
/** Of the legal entity and the branch outside, of who works there, and of the key they made. */
let outsideIds: string[]
/** Of those inside, and of the employee that a field names when nothing says which. */
let insideIds: string[]
let samplers: { inside: Sampler; outside: Sampler }

interface Places {
  readonly entityId: string
  readonly regionId: string
  readonly branchId: string
}

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  await addAllRoles()
  inside = await makePlaces('IN', owner.entityId)
  const other = { legal_name: 'Beyond', country: 'FR', currency: 'EUR' }
  const outside = await makePlaces('OUT', (await owner.client.call('tenants.create-entity', other)).id)
  const ids = new Map((await owner.client.call('tenants.list-roles', {})).items.map(({ name, id }) => [name, id]))
  // One after the other: they would wait for one another's tenant.
  for (const role of roles) {
    const person = await signUpPerson(server)
    const { id } = await hire(server, owner, person, [ids.get(role) ?? ''])
    employees.set(role, { ...person, id })
  }
  const outsider = await hireAt(outside)
  const { id: keyId } = await outsider.client.call('tenants.create-api-key', newKey())
  outsideIds = [outside.entityId, outside.branchId, outsider.id, keyId]
  const insider = await hireAt(inside)
  insideIds = [inside.entityId, inside.branchId, insider.id, owner.employeeId]
  samplers = { inside: samplerOf(inside, insider), outside: samplerOf(outside, outsider) }
}, 60_000)
afterAll(() => server.close())

test('the page has an expectation for every operation in a tenant and every ready-made role, and none is left over', () => {
  const names = operations().map(({ name }) => name)
  expect([...matrix.keys()].toSorted()).toEqual(names.toSorted())
  for (const operation of operations()) {
    const { reach, ...cells } = rowOf(matrix, operation.name)
    expect(reach, operation.name).toBe(operation.reach)
    expect(Object.keys(cells).toSorted(), operation.name).toEqual(roles.toSorted())
  }
})

test('every permission says which ready-made roles hold it', () => {
  expect(presetPermissions.toSorted()).toEqual([...permissionsOf(server.product.operations)].toSorted())
})

describe.each(placeKinds)('with the %s, every ready-made role may use exactly what the page says', (kind) => {
  beforeAll(async () => {
    for (const { id } of employees.values()) {
      const { version } = await owner.client.call('tenants.get-employee', { id })
      await owner.client.call('tenants.update-employee', { id, version, scope: scopeOf(kind, inside) })
    }
  }, 60_000)

  test.each(roles)(
    '%s',
    async (role) => {
      const asked = operations()
        // Whoever leaves has no place any more to try the rest in.
        .filter(({ name }) => name !== 'tenants.leave-tenant')
        .map((operation) => ({ operation, expected: expectationOf(operation, role, kind) }))
      const [refused, reached] = [asked.filter(isRefused), asked.filter((one) => !isRefused(one))]
      // Many at once, as none of them may change anything.
      await inGroups(refused, atOnce, ({ operation, expected }) => expectRefusal(role, operation, expected))
      for (const { operation, expected } of reached) await expectReach(role, operation, { kind, found: expected })
    },
    120_000,
  )
})

function isRefused({ expected }: { expected: string }): boolean {
  return expected.endsWith('forbidden') || expected.endsWith('out_of_scope')
}

async function expectRefusal(role: string, operation: Operation, expected: string): Promise<void> {
  expect(told(await ask(role, operation, namesNothing(operation))), operation.name).toBe(expected)
}

/** Of the things that an operation concerns, those inside are found or not, and those outside by the whole tenant only. */
async function expectReach(role: string, operation: Operation, reach: { kind: PlaceKind; found: string }) {
  const { kind, found } = reach
  if (isKept(operation, found) || isTriedBy(role, operation, kind)) await expectInside(role, operation, reach)
  if (kind !== 'whole tenant' && operation.reach !== 'any') await expectBeyond(role, operation)
}

/**
 * Whether a role is one of those that change things inside such a place: every role that may does so in one kind of place at
 * least, and every kind of place is met by one role at least.
 */
function isTriedBy(role: string, { name }: Operation, kind: PlaceKind): boolean {
  const able = roles.filter((one) => rowOf(matrix, name)[one] === 'yes')
  return able.length < placeKinds.length || placeKinds[able.indexOf(role) % placeKinds.length] === kind
}

async function expectInside(role: string, operation: Operation, { kind, found }: { kind: PlaceKind; found: string }) {
  const input = await inputInside(operation, found)
  const answer = await ask(role, operation, input)
  const told = `${role}: ${operation.name} of what is inside: ${answer.body}`
  expect(answer.status, told).not.toBe(500)
  if (kind !== 'whole tenant') expect(idsIn(answer.body, outsideIds), told).toEqual([])
  // What every employee sees is of no place: an operation that names one is not of this reach.
  if (operation.reach === 'any') expect(idsIn(JSON.stringify(input), insideIds), told).toEqual([])
  const isThere = found === 'found' || !namesThings(operation, input)
  if (isThere && answer.status > 299) expect(answer.code, told).toBe(answersOtherwise.get(operation.name))
  if (!namesThings(operation, input)) return
  const nothing = await ask(role, operation, withFreshIds(operation, input))
  if (found === 'found') expect(answer.code ?? 'success', told).not.toBe(nothing.code ?? 'nothing')
  else expect([answer.status, answer.code], told).toEqual([nothing.status, nothing.code])
}

async function expectBeyond(role: string, operation: Operation): Promise<void> {
  const beyond = await inputOutside(operation)
  if (!namesThings(operation, beyond)) return
  const [refused, none] = await Promise.all([
    ask(role, operation, beyond),
    ask(role, operation, withFreshIds(operation, beyond)),
  ])
  expect(refused.status, `${role}: ${operation.name} of what is outside`).toBeGreaterThan(399)
  expect([refused.status, refused.code], `${role}: ${operation.name} of what is outside`).toEqual([
    none.status,
    none.code,
  ])
}

const reads = new Map<string, Promise<Input>>()
const beyonds = new Map<string, Promise<Input>>()

/** What is read or hidden stays as it is, so that one input does for all; what is changed needs a new one each time. */
function isKept(operation: Operation, found: string): boolean {
  return operation.kind === 'query' || found === 'hidden'
}

function inputInside(operation: Operation, found: string): Promise<Input> {
  return isKept(operation, found) ? keptIn(reads, operation, samplers.inside) : samplers.inside.inputOf(operation)
}

/** Nobody may change it, so that one input does for all who try. */
function inputOutside(operation: Operation): Promise<Input> {
  return keptIn(beyonds, operation, samplers.outside)
}

function keptIn(
  kept: Map<string, Promise<Input>>,
  operation: Operation,
  sampler: typeof samplers.inside,
): Promise<Input> {
  const input = kept.get(operation.name) ?? sampler.inputOf(operation)
  kept.set(operation.name, input)
  return input
}

function idsIn(text: string, ids: readonly string[]): string[] {
  return ids.filter((id) => text.includes(id))
}

/** What the page says: how it is refused, or whether things inside are `found` or `hidden`. */
function expectationOf({ name, reach }: Operation, role: string, kind: PlaceKind): string {
  if (rowOf(matrix, name)[role] !== 'yes') return '403 forbidden'
  const cell = rowOf(reaches, reach)[kind]
  if (cell === 'out_of_scope') return '403 out_of_scope'
  return cell === 'nothing' ? 'hidden' : 'found'
}

function operations(): readonly Operation[] {
  return server.product.operations.filter(({ scope }) => scope === 'tenant')
}

/** A request that names no thing: whoever is refused learns nothing of the input. */
function namesNothing(operation: Operation): Input {
  const ids = routeOf(operation).pathFields.map((name) => [name, freshId()])
  return { ...Object.fromEntries(ids), ...('version' in (inputSchemaOf(operation).properties ?? {}) && { version: 1 }) }
}

const isId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Ids that name no thing of a place: what is being made, and persons. */
const ownIds = ['id', 'user_id', 'document_id']

function isThing(operation: Operation, name: string): boolean {
  return routeOf(operation).pathFields.includes(name) || ![...ownIds, ownIdField(operation)].includes(name)
}

function namesThings(operation: Operation, input: Input): boolean {
  return Object.entries(input).some(
    ([name, value]) => isThing(operation, name) && JSON.stringify(freshened(value)) !== JSON.stringify(value),
  )
}

/** The same input about things that do not exist. */
function withFreshIds(operation: Operation, input: Input): Input {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, isThing(operation, name) ? freshened(value) : value]),
  )
}

function freshened(value: unknown): unknown {
  if (typeof value === 'string') return isId.test(value) ? freshId() : value
  if (Array.isArray(value)) return value.map(freshened)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, freshened(one)]))
}

async function ask(role: string, operation: Operation, input: Input): Promise<Answer> {
  const { method, url, body } = placeInput(operation, input)
  const response = await server.product.http.inject({
    method: method as 'GET',
    url,
    headers: { cookie: employees.get(role)?.cookie ?? '', 'comptoir-tenant': owner.tenantId },
    ...(body ? { payload: body } : {}),
  })
  const answer = (response.body === '' ? null : response.json()) as { code?: unknown } | null
  const code = response.statusCode > 399 ? String(answer?.code) : undefined
  return { status: response.statusCode, code, body: response.body }
}

function told({ status, code }: Answer): string {
  return `${status} ${code}`
}

/** A tenant begins with the roles of its business type, and gets those of each that it becomes. */
async function addAllRoles(): Promise<void> {
  for (const business_type of new Set(rolePresets.flatMap((preset) => preset.business_types))) {
    const { version } = await owner.client.call('tenants.get-tenant', {})
    await owner.client.call('tenants.update-tenant', { version, business_type })
  }
}

async function makePlaces(code: string, entity_id: string): Promise<Places> {
  const { client } = owner
  const { id: regionId } = await client.call('tenants.create-region', { code, name: code })
  const branch = { entity_id, region_id: regionId, code, name: code, time_zone: 'Europe/Paris' }
  return { entityId: entity_id, regionId, branchId: (await client.call('tenants.create-branch', branch)).id }
}

function scopeOf(kind: PlaceKind, { entityId, regionId, branchId }: Places) {
  const none = { entity_ids: [], region_ids: [], branch_ids: [] }
  return {
    'whole tenant': null,
    'legal entity': { ...none, entity_ids: [entityId] },
    region: { ...none, region_ids: [regionId] },
    branch: { ...none, branch_ids: [branchId] },
  }[kind]
}

interface Local {
  readonly id: string
  readonly client: TestClient
}

/** Somebody who may do everything in one branch. */
async function hireAt(places: Places): Promise<Local> {
  const person = await signUpPerson(server)
  const [all] = (await owner.client.call('tenants.list-roles', {})).items
  const place = { email: person.email, display_name: 'Local', role_ids: [all?.id ?? ''] }
  await owner.client.call('tenants.add-employee', { ...place, scope: scopeOf('branch', places) })
  const { id } = await person.client.call('tenants.accept-invitation', {
    token: await invitationTo(server, person.email),
  })
  return { id, client: clientIn(server, person, owner.tenantId) }
}

function newKey() {
  const name = `Key ${freshId()}`
  return { name, permissions: ['tenants.view-tenant'], expires_at: '2036-01-01T00:00:00Z' }
}

/** Makes inputs about things of these places. What is made of employees and keys lies in the branch. */
function samplerOf(places: Places, local: Local): Sampler {
  const { client } = owner
  const branch = () => client.call('tenants.get-branch', { id: places.branchId })
  const entity = () => client.call('tenants.get-entity', { id: places.entityId })
  const books = async () => ({ id: places.entityId })
  return createSampler(
    server,
    { ...owner, ...places },
    {
      hints: {
        branch_id: () => places.branchId,
        // Regions are for those who work with the whole tenant.
        region_id: () => undefined,
        role_ids: () => [],
        scope: () => scopeOf('branch', places),
        limit: () => 200,
        'ledger.open-books entity_id': () => places.entityId,
        permissions: () => ['tenants.view-tenant'],
      },
      makers: {
        'tenants.get-branch': branch,
        'tax.get-branch-jurisdictions': branch,
        'tax.set-branch-jurisdictions': () => client.call('tax.get-branch-jurisdictions', { id: places.branchId }),
        'tenants.update-branch': branch,
        'tenants.get-entity': entity,
        'tenants.update-entity': entity,
        'ledger.get-books': books,
        'ledger.close-period': books,
        'ledger.reopen-period': books,
        'tenants.revoke-api-key': () => local.client.call('tenants.create-api-key', newKey()),
      },
    },
  )
}

function rowOf(table: ReadonlyMap<string, Record<string, string>>, name: string): Record<string, string> {
  return table.get(name) ?? expect.unreachable(`docs/reference/permissions.md says nothing of ${name}`)
}

/** A table of the page by the words of its first column, whose head is given. */
function tableOf(head: string): ReadonlyMap<string, Record<string, string>> {
  const lines = page.slice(page.indexOf(`\n| ${head} |`) + 1).split('\n')
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  )
  const [names = [], , ...cells] = rows.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
  return new Map(
    cells.map(([first = '', ...rest]) => [
      first,
      Object.fromEntries(rest.map((cell, at) => [names[at + 1] ?? '', cell])),
    ]),
  )
}
