import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { credentialsFor, readSession } from './cli-session.ts'
import { compose } from './compose.ts'
import { parseConfig } from './platform/config.ts'
import { definedOf } from './platform/defined.ts'
import { OperatorError, UsageError } from './platform/explain.ts'
import { type Installation, joinInstallation } from './platform/installation.ts'
import { createLog } from './platform/log.ts'

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

/** For what makes no sense without data. Throws `OperatorError` where there is none, so that no empty database is made to say so. */
export function assertInstalled(): void {
  const { databaseUrl, dataDir } = parseConfig(process.env)
  if (databaseUrl || existsSync(join(dataDir, 'postgres'))) return
  throw new OperatorError(
    `There is no installation in ${dataDir}: start the server once, or set DATA_DIR to its folder.`,
  )
}

/** Works beside a running server, or starts its PostgreSQL for the time of the work. */
export async function withInstallation(
  work: (installation: Installation, rolePrefix: string) => Promise<number>,
): Promise<number> {
  const config = parseConfig(process.env)
  const joining = joinInstallation(config, () => {})
  let interrupted = false
  const interrupt = async () => {
    interrupted = true
    // A PostgreSQL that was started for this command must not outlive it.
    await joining.then((installation) => installation.stop()).catch(() => {})
    process.exit(interruptedExitCode)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void interrupt())
  const installation = await joining
  try {
    return await work(installation, config.rolePrefix)
  } catch (error) {
    if (interrupted) return interruptedExitCode
    throw error
  } finally {
    await installation.stop()
  }
}

/** The same with the whole product put together; nothing listens. */
export async function withProduct(
  work: (
    product: Awaited<ReturnType<typeof compose>>,
    installation: Installation,
    rolePrefix: string,
  ) => Promise<number>,
): Promise<number> {
  return withInstallation(async (installation, rolePrefix) => {
    const config = { ...parseConfig(process.env), signUpOpen: true }
    const product = await compose({
      config,
      urls: installation.urls,
      authSecret: installation.authSecret,
      signingKeys: installation.signingKeys,
      log: createLog('error'),
    })
    try {
      return await work(product, installation, rolePrefix)
    } finally {
      await product.http.close()
      await product.databases.end()
    }
  })
}

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
