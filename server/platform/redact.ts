import { z } from 'zod'

/** The part of a JSON Schema that redaction reads. `personal` and `secret` come from `.meta({ personal: true })`. */
interface JsonSchema {
  readonly personal?: boolean
  readonly secret?: boolean
  readonly properties?: Record<string, JsonSchema>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

export type Redactor = (value: unknown) => unknown

type Mark = 'personal' | 'secret'

/** Makes the function that replaces what a schema marks personal or secret; what stays is safe in an immutable row. */
export function redactorOf(
  schema: z.ZodType,
  marks: readonly Mark[],
  replacement = (mark: Mark): unknown => `(${mark})`,
): Redactor {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const redact = (part: JsonSchema | undefined, value: unknown): unknown => {
    if (!part || value === undefined || value === null) return value ?? null
    const mark = marks.find((name) => part[name])
    if (mark) return replacement(mark)
    if (Array.isArray(value)) return value.map((item) => redact(part.items, item))
    const shape = part.properties ? part : part.anyOf?.find((one) => one.properties)
    if (!shape?.properties || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, redact(shape.properties?.[name], item)]),
    )
  }
  return (value) => redact(root, value)
}
