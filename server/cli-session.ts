import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type CallOptions, ClientError, createClient } from './platform/client.ts'
import { parseConfig } from './platform/config.ts'
import { OperatorError, UsageError } from './platform/explain.ts'
import type { Operations } from './registry.ts'

interface CliSession {
  readonly url: string
  readonly cookie: string
}

function sessionFile(): string {
  return join(parseConfig(process.env).commandLine.configHome, 'comptoir', 'session.json')
}

/** The session that `comptoir login` left, if any. */
export function readSession(): CliSession | undefined {
  try {
    return JSON.parse(readFileSync(sessionFile(), 'utf8'))
  } catch {
    return undefined
  }
}

/** Keeps a session for later calls, readable by this user only. */
export function writeSession(session: CliSession): void {
  mkdirSync(dirname(sessionFile()), { recursive: true, mode: 0o700 })
  writeFileSync(sessionFile(), `${JSON.stringify(session)}\n`, { mode: 0o600 })
  // A file that was there keeps its mode.
  chmodSync(sessionFile(), 0o600)
}

/** Forgets the session that `comptoir login` left. */
export function forgetSession(): void {
  rmSync(sessionFile(), { force: true })
}

interface Call {
  readonly url: string
  readonly headers?: Record<string, string>
  readonly operation: string
  readonly input: unknown
  readonly options?: CallOptions
}

/** Runs an operation over HTTP. Throws as `connectTo` does. */
export async function callServer({ operation, input, options = {}, ...where }: Call) {
  return connectTo(where).request(operation, input, options)
}

/** Signs in, with the code that `code` gives when the account has a second factor. Throws as `connectTo` does. */
export async function signInAt(
  url: string,
  input: { email: string; password: string },
  code: () => string | Promise<string>,
) {
  const client = connectTo({ url })
  const answer = await client.request('identity.sign-in', { ...input, device_name: 'Command line' })
  const { challenge } = answer.body as { challenge?: string }
  if (challenge === undefined) return answer
  return client.request('identity.complete-sign-in', { challenge, code: await code() })
}

/**
 * A client that learns the server's routes once. It throws `ClientError` for a problem, `UsageError` for an
 * operation that the server does not have, and `OperatorError` when no Comptoir answers.
 */
export function connectTo({ url, headers = {} }: Pick<Call, 'url' | 'headers'>) {
  const client = createClient<Operations>({ url, headers })
  return {
    request: (operation: string, input: unknown, options: CallOptions = {}) =>
      explained(url, client.request(operation, input, options)),
    operations: () => explained(url, client.operations()),
  }
}

async function explained<T>(url: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw explainCall(url, error)
  })
}

function explainCall(url: string, error: unknown): Error {
  if (error instanceof ClientError) return error
  const { message, cause } = error as Error
  // A request that failed, an answer that is not JSON, or JSON that is none of ours.
  if (!(error instanceof TypeError || error instanceof SyntaxError))
    return new UsageError(`${message}.`, { cause: error })
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? message
  return new OperatorError(`No Comptoir answers at ${url} (${reason}): start it, or say with --url where it is.`, {
    cause: error,
  })
}

/** The headers that show an API key, or else the session kept for this server. */
export function credentialsFor(url: string, { apiKey, tenant }: { apiKey?: string; tenant?: string }) {
  const session = readSession()
  const place = tenant ? { 'comptoir-tenant': tenant } : {}
  if (apiKey) return { ...place, authorization: `Bearer ${apiKey}` }
  return session?.url === url ? { ...place, cookie: session.cookie } : place
}
