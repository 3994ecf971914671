import { compose } from '../server/compose.ts'
import { parseConfig } from '../server/platform/config.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { joinInstallation } from '../server/platform/installation.ts'
import { createLog } from '../server/platform/log.ts'
import type { Caller, Command } from '../server/platform/operation.ts'
import { createAuthenticate } from '../server/tenants/index.ts'
import type { Counter } from './counter.ts'

/** The variables by which the product finds its database. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The product in this process, over a database that is migrated; it listens to nobody and runs no jobs. */
export async function openProduct(environment: Environment) {
  const config = parseConfig(environment)
  const { urls, authSecret, signingKeys } = await joinInstallation(config, () => {})
  const product = await compose({ config, urls, authSecret, signingKeys, log: createLog(config.logLevel) })
  const checkout = product.operations.find(({ name }) => name === 'sales.checkout') as Command
  return { ...product, config, checkout }
}

/** Whoever is signed in at a counter, as a request of theirs is authenticated; each one they make has an id of its own. */
export async function callerAt(
  { databases }: Pick<Awaited<ReturnType<typeof openProduct>>, 'databases'>,
  { cookie, tenantId }: Counter,
): Promise<() => Caller> {
  const authenticate = createAuthenticate({ pool: databases.app, tillSessionDays: async () => 1, tillPermissions: [] })
  const sessionToken = decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1))
  const caller = await authenticate({ sessionToken, tenantId }, '')
  return () => ({ ...caller, requestId: uuidv7() })
}
