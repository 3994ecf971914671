import type { z } from 'zod'
import { jsonSchemaOf } from './schema.ts'

/** The part of a JSON Schema that redaction reads. `personal` and `secret` come from `.meta({ personal: true })`. */
interface JsonSchema {
  readonly personal?: boolean
  readonly secret?: boolean
  readonly properties?: Record<string, JsonSchema>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
}

export type Redactor = (value: unknown) => unknown

type Mark = 'personal' | 'secret'

/**
 * Makes the function that replaces what a schema marks personal or secret; what stays is safe in an immutable row.
 * What the schema does not describe is replaced as well: nobody has said that it is safe.
 */
export function redactorOf(schema: z.ZodType): Redactor {
  return makeRedactor(schema, (mark) => `(${mark})`, '(undescribed)')
}

/** Makes the function that puts null in place of secrets, and leaves everything else as it is. */
export function secretRemoverOf(schema: z.ZodType): Redactor {
  return makeRedactor(schema, (mark, value) => (mark === 'secret' ? null : value), undefined)
}

/** Makes the function that puts null in place of what is personal or secret; undefined where a schema marks nothing personal. */
export function personRemoverOf(schema: z.ZodType): Redactor | undefined {
  const root = jsonSchemaOf(schema, 'input')
  return JSON.stringify(root).includes('"personal":true') ? makeRedactor(schema, () => null, undefined) : undefined
}

function makeRedactor(
  schema: z.ZodType,
  replace: (mark: Mark, value: unknown) => unknown,
  undescribed: string | undefined,
) {
  const root = jsonSchemaOf(schema, 'input') as JsonSchema
  const redact = (parts: readonly JsonSchema[], value: unknown): unknown => {
    if (value === undefined || value === null) return null
    const mark = (['secret', 'personal'] as const).find((name) => parts.some((part) => part[name]))
    if (mark && replace(mark, value) !== value) return replace(mark, value)
    if (parts.length === 0) return undescribed ?? value
    if (Array.isArray(value)) return value.map((item) => redact(branchesOf(parts.map((part) => part.items)), item))
    if (typeof value !== 'object' || value instanceof Date) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redact(fieldOf(parts, name), item)]))
  }
  return (value: unknown) => redact(branchesOf([root]), value)
}

/** A schema with all its alternatives: whichever of them marks a value, the mark counts. */
function branchesOf(schemas: readonly (JsonSchema | boolean | undefined)[]): JsonSchema[] {
  return schemas.flatMap((schema) => {
    if (typeof schema !== 'object') return []
    return [schema, ...branchesOf([...(schema.anyOf ?? []), ...(schema.allOf ?? [])])]
  })
}

function fieldOf(parts: readonly JsonSchema[], name: string): JsonSchema[] {
  return branchesOf(parts.map((part) => part.properties?.[name] ?? part.additionalProperties))
}
