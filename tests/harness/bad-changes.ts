import { type Operation, routeOf } from '../../server/platform/operation.ts'
import { jsonSchemaOf } from '../../server/platform/schema.ts'
import { freshId } from './hints.ts'
import { type FieldSchema, type Input, inputSchemaOf, placeInput, withoutNull } from './samples.ts'

/** How a bad request differs from the valid one of its operation. */
export interface Change {
  readonly input?: Input
  readonly headers?: Record<string, string | undefined>
  readonly payload?: string | Buffer
  /** Goes behind the query string. */
  readonly query?: string
  /** Goes behind the path. */
  readonly path?: string
}

export interface Field extends Omit<FieldSchema, 'required'> {
  readonly name: string
  readonly place: 'path' | 'query' | 'body'
  readonly required: boolean
  readonly nullable: boolean
  /** The longest text it takes, after trimming. */
  readonly longest: number
}

/** An operation with a valid input of it. */
export interface Subject {
  readonly operation: Operation
  readonly fields: readonly Field[]
  readonly input: Input
}

/** Credentials that open nothing, or not enough. */
export interface Credentials {
  readonly expiredCookie: string
  readonly expiredKey: string
  readonly revokedKey: string
  /** Opens all of one tenant. */
  readonly key: string
  /** The cookie of an employee without a role. */
  readonly powerless: string
  /** The cookie of an employee of two tenants. */
  readonly twoTenants: string
  /** The id of a tenant in which the caller has no place. */
  readonly otherTenant: string
}

const named = (name: string) => (field: Field) => field.name === name
export const version = named('version')

export const takesBody = ({ operation }: Pick<Subject, 'operation'>) => !/^(GET|DELETE) /.test(operation.route)

/** An operation with its fields, described for the table. */
export function subjectOf(operation: Operation, input: Input): Subject {
  const { pathFields } = routeOf(operation)
  const schema = inputSchemaOf(operation)
  const parsed = jsonSchemaOf(operation.input, 'output') as FieldSchema
  const elsewhere = takesBody({ operation }) ? 'body' : 'query'
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]): Field => ({
      ...withoutNull(field),
      name,
      longest: withoutNull(parsed.properties?.[name] ?? {}).maxLength ?? 10_000,
      place: pathFields.includes(name) ? 'path' : elsewhere,
      required: schema.required?.includes(name) ?? false,
      nullable: field.anyOf?.some((one) => one.type === 'null') ?? false,
    }),
  )
  return { operation, fields, input }
}

/** Puts each of the values into the field, the field of that name if there is one, or each field chosen. */
export function put(chosen: Field | string | ((field: Field) => boolean), values: readonly unknown[]) {
  return ({ fields, input }: Subject): Change[] => {
    const names = fields
      .filter(typeof chosen === 'function' ? chosen : named(typeof chosen === 'string' ? chosen : chosen.name))
      .map(({ name }) => name)
    return names.flatMap((name) => values.map((value) => ({ input: { ...input, [name]: value } })))
  }
}

/** Lists of objects. */
export function ofItems({ fields }: Subject): Field[] {
  return fields.filter(({ items }) => items?.properties !== undefined)
}

/** The sample's list with one item changed, first the one and then the other. */
export function changed({ input }: Subject, { name }: Field, change: (item: Input) => Input): Input[][] {
  const items = (input[name] ?? [{}]) as Input[]
  return items.map((item, at) => items.with(at, change(item)))
}

/** Puts bad values into each field of the items of lists. */
export function inItems(valuesOf: (field: FieldSchema, isRequired: boolean) => readonly unknown[]) {
  return (subject: Subject): Change[] =>
    ofItems(subject).flatMap((list) =>
      Object.entries(list.items?.properties ?? {}).flatMap(([name, field]) =>
        valuesOf(field, list.items?.required?.includes(name) ?? false).flatMap((value) =>
          put(
            list,
            changed(subject, list, (item) => ({ ...item, [name]: value })),
          )(subject),
        ),
      ),
    )
}

export function without(subject: Subject, name: string): Subject {
  return { ...subject, input: Object.fromEntries(Object.entries(subject.input).filter(([other]) => other !== name)) }
}

export function leaveOut(chosen: (field: Field) => boolean) {
  return (subject: Subject): Change[] =>
    subject.fields.filter(chosen).map(({ name }) => ({ input: without(subject, name).input }))
}

export function ifMatch(...tags: string[]) {
  return (subject: Subject): Change[] =>
    leaveOut(version)(subject).flatMap((change) => tags.map((tag) => ({ ...change, headers: { 'if-match': tag } })))
}

export function send(...payloads: (string | Buffer)[]) {
  return (subject: Subject): Change[] => (takesBody(subject) ? payloads.map((payload) => ({ payload })) : [])
}

export function typed(...types: (string | undefined)[]) {
  return (subject: Subject): Change[] =>
    takesBody(subject) ? types.map((type) => ({ headers: { 'content-type': type }, payload: '{}' })) : []
}

export function ask(...queries: string[]) {
  return (subject: Subject): Change[] => (takesBody(subject) ? [] : queries.map((query) => ({ query })))
}

export function ofPath({ fields }: Subject): Field[] {
  return fields.filter(({ place }) => place === 'path')
}

export function ofQuery({ fields }: Subject): Field[] {
  return fields.filter(({ place }) => place === 'query')
}

/** The valid body with one more key, as text: an object literal would not keep a key of the prototype. */
export function withKey(key: string, value = '{"admin":true}') {
  return (subject: Subject): Change[] => {
    const body = JSON.stringify(placeInput(subject.operation, subject.input).body ?? {}).slice(1)
    return send(`{${JSON.stringify(key)}:${value}${body === '}' ? '' : ','}${body}`)(subject)
  }
}

/** The valid request with nothing but these credentials. */
export function as(applies: (subject: Subject) => boolean, headers: (held: Credentials) => Record<string, string>[]) {
  return (subject: Subject, held: Credentials): Change[] =>
    applies(subject)
      ? headers(held).map((one) => ({ headers: { cookie: undefined, 'comptoir-tenant': undefined, ...one } }))
      : []
}

export function wrongTypes({ type, nullable, items, maxItems }: Field): unknown[] {
  const nothing = nullable ? [] : [null]
  if (type === 'string') return [1, true, [], {}, ['text'], ...nothing]
  if (type === 'integer') return ['1', 1.5, true, [], {}, -1, 1e300, ...nothing]
  if (type === 'boolean') return [0, 'true', [], {}, ...nothing]
  if (type !== 'array') return [1, 'text', [], ...nothing]
  const tooMany = Array.from({ length: (maxItems ?? 100_000) + 1 }, () => (items?.format === 'uuid' ? freshId() : '*'))
  return ['text', 1, {}, [null], [[]], [{}], [1], tooMany, ...nothing]
}
