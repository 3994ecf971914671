import type fc from 'fast-check'
import type pg from 'pg'
import { ownIdField } from '../../server/platform/idempotency.ts'
import { refusalsOf } from '../../server/platform/openapi.ts'
import type { Operation } from '../../server/platform/operation.ts'
import { openCatalogue, readTables } from './catalogue.ts'
import { difference, leftByRefusals, watchDatabase } from './fingerprint.ts'
import { inGroups } from './groups.ts'
import { freshId } from './hints.ts'
import { type Hostile, hostileInputs, inputOf } from './hostile-inputs.ts'
import type { Ids } from './hostile-values.ts'
import { createRowMaker } from './rows.ts'
import { createSampler, type Input, placeInput } from './samples.ts'
import { signUpOwner, type TestOwner, type TestServer } from './server.ts'

export interface HostileSubject {
  readonly inputs: fc.Arbitrary<Hostile>
  /** Sends them; answers what is wrong with what came of it, a sentence each. */
  faultsOf(inputs: readonly Hostile[]): Promise<string[]>
}

export interface HostileWorld {
  subjectOf(name: string): Promise<HostileSubject>
}

type Response = Awaited<ReturnType<TestServer['product']['http']['inject']>>

/** What is done with success leaves other operations without what they are about: it is tried in a tenant of its own. */
const endsOthers = new Set(['tenants.set-features'])
/** What is served by one account only, a hostile input may have taken. */
const samples = { hints: { 'ledger.create-account purpose': () => undefined } }
/** How many are under way at once where nothing can be written. */
const atOnce = 8
/** No connection carries more in the line of a request. */
const longestUrl = 16_000
const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** A server with an owner who sends what is hostile, and with a neighbour who has a row in every table. */
export async function openHostileWorld(server: TestServer, superuser: pg.Client): Promise<HostileWorld> {
  const keeper = await signUpOwner(server)
  const kept = createSampler(server, keeper, samples)
  const neighbour = await signUpOwner(server)
  const foreign = await fillTenant(superuser, neighbour.tenantId)
  const constraints = await constraintNames(superuser)
  const fingerprint = await watchDatabase(superuser, leftByRefusals)
  // Ids of the neighbour's things under which the owner has made things of another kind: those are both.
  const shared = new Set<string>()

  async function subjectOf(name: string): Promise<HostileSubject> {
    const operation = operationOf(server, name)
    const owner = endsOthers.has(name) ? await signUpOwner(server) : keeper
    const ours = owner === keeper ? kept : createSampler(server, owner, samples)
    let sample = await ours.inputOf(operation)
    // What was taken is met once more, as what is over or sent again; then inputs are made of another.
    let meetings = Number.POSITIVE_INFINITY
    const ids = [...foreign, ...(JSON.stringify(sample).match(uuids) ?? []), freshId()]
    const sender = createSender(server, owner, { operation, cookieOf: () => ours.cookieOf(operation) })
    const isForeign = (id: string) => foreign.includes(id) && !shared.has(id)
    const judge = createJudge({ operation, isForeign, constraints })
    const inputs = hostileInputs(operation, sample, ids)

    async function faultsOf(some: readonly Hostile[]): Promise<string[]> {
      const faults: string[] = []
      const all = some.map((hostile) => ({ hostile, input: inputOf(hostile, sample) }))
      const refused = all.filter(({ input }) => !mayBeTaken(operation, input))
      let changed = ''
      for (let at = 0; at < refused.length; ) {
        await sender.signIn()
        const before = await fingerprint()
        while (at < refused.length && sender.isSignedIn()) {
          const sent = refused.slice(at, at + atOnce)
          const answers = await inGroups(sent, atOnce, ({ input }) => sender.send(input, sample))
          faults.push(...answers.flatMap((answer, index) => judge(answer, sent[index]!)))
          at += atOnce
        }
        changed += difference(before, await fingerprint())
      }
      if (changed !== '' && refused.length === 1) faults.push(`a refusal wrote ${changed}`)
      else if (changed !== '') for (const { hostile } of refused) faults.push(...(await faultsOf([hostile])))
      for (const one of all) if (!refused.includes(one)) faults.push(...(await faultsOfOne(one.hostile)))
      return faults
    }

    /** Of an input that may be taken, in which case it may write. */
    async function faultsOfOne(hostile: Hostile): Promise<string[]> {
      if (meetings-- === 0) {
        sample = await ours.inputOf(operation)
        meetings = Number.POSITIVE_INFINITY
      }
      const input = inputOf(hostile, sample)
      await sender.signIn()
      const before = await fingerprint()
      const answer = await sender.send(input, sample)
      const changed = difference(before, await fingerprint())
      const made = (input as Input | null)?.[ownIdField(operation)]
      if (answer.statusCode < 300) {
        meetings = Math.min(meetings, 1)
        if (typeof made === 'string') shared.add(made)
      }
      const wrote = answer.statusCode >= 400 && changed !== '' ? [`a refusal wrote ${changed}: ${answer.body}`] : []
      return [...wrote, ...judge(answer, { input })]
    }
    return { inputs, faultsOf }
  }
  return { subjectOf }
}

function operationOf(server: TestServer, name: string): Operation {
  const operation = server.product.operations.find((one) => one.name === name)
  if (!operation) throw new Error(`no operation ${name}`)
  return operation
}

/** False for what the schema refuses. Where fields travel as text, more is taken than the schema says. */
function mayBeTaken(operation: Operation, input: unknown): boolean {
  if (operation.kind === 'query') return false
  if (operation.route.startsWith('DELETE ')) return true
  return operation.input.safeParse(JSON.parse(JSON.stringify(input ?? null))).success
}

/** Sends inputs as the owner, or as whoever an operation on accounts is about; signs in again when that has ended. */
function createSender(
  server: TestServer,
  owner: TestOwner,
  subject: { operation: Operation; cookieOf: () => Promise<string> },
) {
  let cookie: string | undefined
  return {
    /** True until the session has ended, or may have. */
    isSignedIn: () => cookie !== undefined,
    async signIn() {
      cookie ??= await subject.cookieOf()
    },
    async send(input: unknown, sample: Input): Promise<Response> {
      const headers = { cookie, 'comptoir-tenant': owner.tenantId, 'content-type': 'application/json' }
      const answer = await server.product.http.inject({
        ...requestOf(subject.operation, sample, input),
        headers: headers as Record<string, string>,
      })
      if (answer.headers['set-cookie'] || answer.statusCode === 401) cookie = undefined
      return answer
    },
  }
}

/** What is an object goes field by field; anything else is the whole body, or a field of a query. */
function requestOf(operation: Operation, sample: Input, input: unknown) {
  const isInput = typeof input === 'object' && input !== null && !Array.isArray(input)
  const takesBody = !/^(GET|DELETE) /.test(operation.route)
  const { method, url, body } = placeInput(operation, isInput ? { ...pathOf(operation, sample), ...input } : sample)
  const line = (isInput || takesBody ? url : withSurprise(url, input)).slice(0, longestUrl)
  if (!takesBody) return { method: method as 'GET', url: line }
  return { method: method as 'POST', url: line, payload: JSON.stringify(isInput ? body : (input ?? null)) }
}

function pathOf({ route }: Operation, sample: Input): Input {
  return Object.fromEntries([...route.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, sample[name]]))
}

function withSurprise(url: string, value: unknown): string {
  const text = encodeURIComponent(String(JSON.stringify(value)).toWellFormed())
  return `${url}${url.includes('?') ? '&' : '?'}surprise=${text}`
}

const leak =
  /\n\s+at |node_modules|\.[jt]s:\d|\/server\/|\b(SELECT|INSERT|UPDATE|DELETE) \w|violates|relation "|\bpg_|syntax|constraint|\brow[ _-]\d+/

/** Says what is wrong with an answer. */
function createJudge({
  operation,
  isForeign,
  constraints,
}: {
  operation: Operation
  isForeign: (id: string) => boolean
  constraints: readonly string[]
}) {
  const documented = new Map(refusalsOf(operation).map(({ code, status }) => [code, status]))
  return (answer: Response, { input }: { input: unknown }): string[] => {
    const { statusCode: status, body, headers } = answer
    const sent = JSON.stringify(input ?? null)
    const seen = (body.match(uuids) ?? []).filter((id) => isForeign(id) && !sent.includes(id))
    const ofOthers = seen.length > 0 ? [`shows ${seen[0]} of another tenant`] : []
    if (status < 400) return ofOthers.map((fault) => `${operation.name} ${fault}`)
    const told = answer.json() as { code?: string; status?: number; detail?: string; title?: string } | null
    const said = `${told?.title} ${told?.detail} ${told?.code}`
    const complaints = [
      ...ofOthers,
      status >= 500 && 'is broken',
      !/^application\/problem\+json\b/.test(String(headers['content-type'])) && `sent ${headers['content-type']}`,
      documented.get(told?.code ?? '') !== status && 'is not documented',
      leak.test(body) && !leak.test(sent) && `leaks ${leak.exec(body)?.[0]}`,
      constraints.some((name) => said.includes(name)) && 'names a constraint',
    ].filter(Boolean)
    return complaints.length === 0 ? [] : [`${complaints.join(', ')}: ${status} ${body.slice(0, 500)}`]
  }
}

/** Gives a tenant a row in every table; answers with the ids of those, the tenant's own first. */
async function fillTenant(superuser: pg.Client, tenantId: string): Promise<Ids> {
  await openCatalogue(superuser)
  const tables = (await readTables(superuser)).filter((table) => table.class === 'tenant')
  await createRowMaker(superuser, await readTables(superuser)).fillAll(tenantId)
  const named = tables.filter(({ columns }) => columns.some(({ name, type }) => name === 'id' && type === 'uuid'))
  const ids = named.map(({ name }) => `SELECT id::text FROM ${name} WHERE tenant_id = $1`)
  const { rows } = await superuser.query<{ id: string }>(ids.join(' UNION '), [tenantId])
  return [tenantId, ...rows.map(({ id }) => id)]
}

/** Of all that is ours; those of one word say nothing. */
async function constraintNames(superuser: pg.Client): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(
    "SELECT DISTINCT name FROM our_constraint WHERE name LIKE '%\\_%\\_%' UNION SELECT name FROM our_index",
  )
  return rows.map(({ name }) => name)
}
