import { credentialsFor, readSession } from './cli-session.ts'
import { parseConfig } from './platform/config.ts'
import { definedOf } from './platform/defined.ts'
import { UsageError } from './platform/explain.ts'

export type Values = Record<string, string | boolean | string[] | undefined>

export interface CliCommand {
  readonly synopsis: string
  readonly summary: string
  readonly options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>
  /** Answers the exit code; nothing means 0. */
  run(values: Values, positionals: string[]): Promise<number | undefined>
}

export const text = { type: 'string' } as const
/** What every command takes that asks a server. */
export const remote = { url: text, 'api-key': text, tenant: text } as const
export const interruptedExitCode = 130

/** The server to call. Throws `UsageError` for what is no address. */
export function urlOf(values: Values): string {
  const given = textOf(values, 'url') ?? parseConfig(process.env).commandLine.url ?? readSession()?.url
  if (given !== undefined && !/^https?:\/\//.test(given)) throw new UsageError(`${given} is no http or https address.`)
  const { publicUrl, port } = given ? { publicUrl: given, port: 0 } : parseConfig(process.env)
  return publicUrl ? new URL(publicUrl).origin : `http://localhost:${port}`
}

/** An option that must be there. Throws `UsageError` without. */
export function need(values: Values, name: string): string {
  const value = textOf(values, name)
  if (!value) throw new UsageError(`--${name} is missing`)
  return value
}

/** An option with a value. */
export function textOf(values: Values, name: string): string | undefined {
  const { [name]: value } = values
  return typeof value === 'string' ? value : undefined
}

/** Prints a line. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** The credential of a command that asks a server: an API key, or else the session of the last login. */
export function credentialsOf(values: Values, url: string): Record<string, string> {
  const apiKey = textOf(values, 'api-key') ?? parseConfig(process.env).commandLine.apiKey
  return credentialsFor(url, definedOf({ apiKey, tenant: textOf(values, 'tenant') }))
}
