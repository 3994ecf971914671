import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { interruptedExitCode } from './cli-support.ts'
import { compose } from './compose.ts'
import { parseConfig } from './platform/config.ts'
import { OperatorError } from './platform/explain.ts'
import { type Installation, joinInstallation } from './platform/installation.ts'
import { createLog } from './platform/log.ts'

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
