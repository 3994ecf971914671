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

/**
 * Makes the function that puts null in place of what is personal or secret, and answers with the value itself where nothing of it
 * is; undefined where a schema marks nothing personal.
 */
export function personRemoverOf(schema: z.ZodType): Redactor | undefined {
  const root = jsonSchemaOf(schema, 'input')
  return JSON.stringify(root).includes('"personal":true') ? makeRedactor(schema, () => null, undefined) : undefined
}

/** What nothing is replaced of is answered as it is, not copied. */
function makeRedactor(
  schema: z.ZodType,
  replace: (mark: Mark, value: unknown) => unknown,
  undescribed: string | undefined,
): Redactor {
  // Each part of the schema is looked at once, when a value first comes to it: answers of sales have hundreds of fields.
  const redactorOfParts = (parts: readonly JsonSchema[]): Redactor => {
    const mark = (['secret', 'personal'] as const).find((name) => parts.some((part) => part[name]))
    const names = new Set(parts.flatMap((part) => Object.keys(part.properties ?? {})))
    const fields = new Map<string, Redactor>()
    let ofOthers: Redactor | undefined
    let ofItems: Redactor | undefined
    const ofField = (name: string): Redactor => {
      if (!names.has(name)) {
        ofOthers ??= redactorOfParts(branchesOf(parts.map((part) => part.additionalProperties)))
        return ofOthers
      }
      const known = fields.get(name)
      if (known) return known
      const made = redactorOfParts(branchesOf(parts.map((part) => fieldOf(part, name))))
      fields.set(name, made)
      return made
    }
    return (value) => {
      if (value === undefined || value === null) return null
      if (mark && replace(mark, value) !== value) return replace(mark, value)
      if (parts.length === 0) return undescribed ?? value
      if (typeof value !== 'object' || value instanceof Date) return value
      if (Array.isArray(value)) {
        ofItems ??= redactorOfParts(branchesOf(parts.map((part) => part.items)))
        const items = value.map(ofItems)
        return items.every((item, at) => item === value[at]) ? value : items
      }
      const entries = Object.entries(value)
      const redacted = entries.map(([name, item]): [string, unknown] => [name, ofField(name)(item)])
      return redacted.every(([, item], at) => item === entries[at]?.[1]) ? value : Object.fromEntries(redacted)
    }
  }
  return redactorOfParts(branchesOf([jsonSchemaOf(schema, 'input') as JsonSchema]))
}

/** A schema with all its alternatives: whichever of them marks a value, the mark counts. */
function branchesOf(schemas: readonly (JsonSchema | boolean | undefined)[]): JsonSchema[] {
  return schemas.flatMap((schema) => {
    if (typeof schema !== 'object') return []
    return [schema, ...branchesOf([...(schema.anyOf ?? []), ...(schema.allOf ?? [])])]
  })
}

function fieldOf({ properties, additionalProperties }: JsonSchema, name: string): JsonSchema | boolean | undefined {
  return properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties
}
