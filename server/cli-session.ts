import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createClient } from './platform/client.ts'
import type { Operations } from './registry.ts'

interface CliSession {
  readonly url: string
  readonly cookie: string
}

function sessionFile(): string {
  return join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'comptoir', 'session.json')
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
}

/** A client that shows an API key, or else the session kept for this server. */
export function signedInClient({
  url,
  apiKey,
  tenant,
}: {
  url: string
  apiKey: string | undefined
  tenant: string | undefined
}) {
  const session = readSession()
  return createClient<Operations>({
    url,
    headers: {
      ...(apiKey ? { authorization: `Bearer ${apiKey}` } : session?.url === url ? { cookie: session.cookie } : {}),
      ...(tenant ? { 'comptoir-tenant': tenant } : {}),
    },
  })
}
