import type { z } from 'zod'
import { jsonSchemaOf } from '../platform/schema.ts'

export const settingScopes = ['platform', 'tenant', 'branch'] as const
/** Where a value is set. A branch inherits from its tenant, a tenant from the platform, the platform from the code. */
export type SettingScope = (typeof settingScopes)[number]

/** Something that can be set, declared once, by the module that uses it. */
export interface Setting<T = unknown> {
  /** `module.words-with-dashes`, units last: `identity.session-days`. */
  readonly name: string
  /** Takes a value of JSON. Its description, if it has one, says in a few words what it takes. */
  readonly type: z.ZodType<T>
  readonly default: T
  /** One sentence for whoever sets it. */
  readonly help: string
  readonly scopes: readonly SettingScope[]
  /** Sealed where it is kept, and shown to nobody again. */
  readonly secret?: boolean
  /** Names a person or how to reach one, as an e-mail address does: the audit chain says only that it changed. */
  readonly personal?: boolean
  /** Read once by each process; for settings of the platform only. */
  readonly requiresRestart?: boolean
}

/** Declares a setting; `server/registry.ts` lists all of them. Throws for a declaration that contradicts itself. */
export function defineSetting<T>(setting: Setting<T>): Setting<T> {
  const { name, type, scopes, requiresRestart } = setting
  if (!/^[a-z]+\.[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) throw new Error(`${name} is no name of a setting`)
  if (!type.safeParse(setting.default).success) throw new Error(`the default of ${name} is not what it takes`)
  if (scopes.length === 0) throw new Error(`${name} can be set nowhere`)
  if (requiresRestart && scopes.some((scope) => scope !== 'platform'))
    throw new Error(`${name} would need a restart whenever a tenant sets it`)
  return setting
}

interface TypeSchema {
  readonly description?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly TypeSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly items?: TypeSchema
}

/** What a setting takes, in a few words: `a whole number from 1 to 365`. */
export function takesOf({ type }: Pick<Setting, 'type'>): string {
  return wordsOf(jsonSchemaOf(type, 'input') as TypeSchema)
}

function wordsOf(schema: TypeSchema): string {
  const { description, type, enum: choices, anyOf, minimum, maximum, maxLength, items } = schema
  if (description) return description
  if (anyOf) return anyOf.map(wordsOf).join(', or ')
  if (choices) return `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (type === 'boolean') return 'true or false'
  if (type === 'null') return 'null'
  if (type === 'integer' || type === 'number')
    return `a ${type === 'integer' ? 'whole ' : ''}number from ${minimum} to ${maximum}`
  if (type === 'array') return `a list, each ${wordsOf(items ?? {})}`
  return maxLength === undefined ? 'a text' : `a text of at most ${maxLength} characters`
}
