import fc from 'fast-check'
import type { Operation } from '../../server/platform/operation.ts'
import { absurd, hostileValue, type Ids, type Schema, validValue } from './hostile-values.ts'
import { type Input, inputSchemaOf } from './samples.ts'

type Path = readonly (string | number)[]

/** What is sent: the valid sample with values changed at places in it, or something else altogether. */
export type Hostile = { readonly changes: readonly { at: Path; to: unknown }[] } | { readonly whole: unknown }

/**
 * Inputs of an operation made of its schema: a valid sample with one to three values that are valid, nearly valid or absurd,
 * at any depth; an input of which each field is as the schema says; or anything that JSON can say. Shrinks to the
 * plainest values. `ids` are those of things that are there, or are somebody else's.
 */
export function hostileInputs(operation: Operation, sample: Input, ids: Ids): fc.Arbitrary<Hostile> {
  const schema = inputSchemaOf(operation) as Schema
  const change = fc.oneof(
    ...placesOf(schema, sample).map(({ at, schema: one }) => hostileValue(one, ids).map((to) => ({ at, to }))),
  )
  return fc.oneof(
    { weight: 4, arbitrary: change.map((one) => ({ changes: [one] })) },
    { weight: 2, arbitrary: fc.array(change, { minLength: 2, maxLength: 3 }).map((changes) => ({ changes })) },
    { weight: 2, arbitrary: validValue(schema, ids).map((whole) => ({ whole })) },
    { weight: 1, arbitrary: absurd.map((whole) => ({ whole })) },
  )
}

/** Every place of an input that the schema knows, and one at each object that it does not know. */
function placesOf(schema: Schema, value: unknown, at: Path = []): { at: Path; schema: Schema }[] {
  const own = at.length > 0 ? [{ at, schema }] : []
  const [some = schema] = (schema.anyOf ?? []).filter(({ type }) => type !== 'null')
  if (Array.isArray(value))
    return [...own, ...value.slice(0, 2).flatMap((item, index) => placesOf(some.items ?? {}, item, [...at, index]))]
  if (!some.properties) return own
  const given = (value ?? {}) as Input
  const inside = Object.entries(some.properties).flatMap(([name, one]) => placesOf(one, given[name], [...at, name]))
  return [...own, ...inside, { at: [...at, 'surprise'], schema: {} }]
}

/** The input itself. */
export function inputOf(hostile: Hostile, sample: Input): unknown {
  if ('whole' in hostile) return hostile.whole
  return hostile.changes.reduce<unknown>((value, { at, to }) => changed(value, at, to), sample)
}

function changed(value: unknown, [first, ...rest]: Path, to: unknown): unknown {
  if (first === undefined) return to
  // An earlier change may have left a list of another length there, or no list.
  if (Array.isArray(value) && typeof first === 'number')
    return value.toSpliced(first, 1, changed(value[first], rest, to))
  const given = typeof value === 'object' && value !== null ? (value as Input) : {}
  return Object.fromEntries([...Object.entries(given), [first, changed(given[first], rest, to)]])
}
