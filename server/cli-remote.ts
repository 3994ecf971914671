import { readFileSync } from 'node:fs'
import { importCommand } from './cli-import.ts'
import { operationsCommand } from './cli-operations.ts'
import { askCode, askPassword } from './cli-password.ts'
import { callServer, forgetSession, readSession, signInAt, writeSession } from './cli-session.ts'
import { type CliCommand, credentialsOf, need, print, remote, text, textOf, urlOf, type Values } from './cli-support.ts'
import { ClientError } from './platform/client.ts'
import { definedOf } from './platform/defined.ts'
import { UsageError } from './platform/explain.ts'

/** The commands that only ask a server, by name. They load nothing of it, so that they start at once. */
export const remoteCommands: Record<string, CliCommand> = {
  login: {
    synopsis: 'login --email E [--code C] [--url U]',
    summary:
      'Sign in for `call`. The password is asked, or COMPTOIR_PASSWORD; the code, if there is a second factor, too.',
    options: { ...remote, email: text, code: text },
    async run(values) {
      const input = { email: need(values, 'email'), password: await askPassword() }
      const url = urlOf(values)
      const { headers } = await signInAt(url, input, () => textOf(values, 'code') ?? askCode())
      writeSession({ url, cookie: headers.getSetCookie()[0]?.split(';')[0] ?? '' })
      print(`Signed in at ${url}.`)
      return 0
    },
  },
  logout: {
    synopsis: 'logout',
    summary: 'End the session of the last login, at its server and here.',
    options: {},
    run: logOut,
  },
  operations: operationsCommand,
  import: importCommand,
  call: {
    synopsis: "call OPERATION [--json '…' | --file F]",
    summary: 'Run any operation over HTTP, with --api-key, COMPTOIR_API_KEY or after login.',
    options: { ...remote, json: text, file: text, 'idempotency-key': text },
    async run(values, [operation]) {
      if (!operation) throw new UsageError("Say which operation: comptoir call tenants.list-branches --json '{}'")
      const url = urlOf(values)
      const idempotencyKey = textOf(values, 'idempotency-key')
      const { body } = await callServer({
        url,
        headers: credentialsOf(values, url),
        operation,
        input: inputOf(values),
        options: definedOf({ idempotencyKey }),
      })
      print(JSON.stringify(body, null, 2))
      return 0
    },
  },
}

/** Forgets the session also when it is over at the server already, but not when the server does not answer. */
async function logOut(): Promise<number> {
  const session = readSession()
  if (!session) {
    print('Nobody is signed in.')
    return 0
  }
  const { url, cookie } = session
  try {
    await callServer({ url, headers: { cookie }, operation: 'identity.sign-out', input: {} })
  } catch (error) {
    if (!(error instanceof ClientError && error.problem.code === 'unauthenticated')) throw error
  }
  forgetSession()
  print(`Signed out at ${url}.`)
  return 0
}

function inputOf(values: Values): unknown {
  const source = textOf(values, 'file') ?? textOf(values, 'json') ?? '{}'
  try {
    const input = JSON.parse(values.file === undefined ? source : readFileSync(source, 'utf8'))
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input
  } catch (error) {
    throw new UsageError(`The input cannot be read: ${(error as Error).message}`, { cause: error })
  }
  throw new UsageError('The input must be a JSON object.')
}
