import { compose } from './compose.ts'
import { readDemo, seedDemo } from './demo.ts'
import { type Config, isLoopback, parseConfig } from './platform/config.ts'
import { explain } from './platform/explain.ts'
import { type Installation, openInstallation } from './platform/installation.ts'
import { createLog } from './platform/log.ts'
import { migrateUp } from './platform/migrate.ts'

type Stop = () => Promise<void>

async function serve(config: Config, onStop: (stop: Stop) => void): Promise<void> {
  const log = createLog(config.logLevel)
  const installation = await openInstallation(config, (line) => log.info(line))
  onStop(() => installation.stop())
  const product = await compose({ config, urls: installation.urls, authSecret: installation.authSecret, log })
  product.state.wait = 'the database is being migrated'
  onStop(async () => {
    await product.http.close()
    await product.databases.end()
    await installation.stop()
  })
  const address = await product.http.listen({ host: config.host, port: config.port })
  const migrated = await migrateUp({
    ownerUrl: installation.ownerUrl,
    roleUrls: installation.urls,
    rolePrefix: config.rolePrefix,
    log: (line) => log.info(line),
    onWait: () => {
      product.state.wait = 'another process migrates the database'
    },
  })
  const demo = await demoOf(config, installation, migrated.includes('0001_platform'), () =>
    seedDemo(product, config.dataDir),
  )
  const worker = await product.startJobs()
  product.state.wait = undefined
  onStop(async () => {
    product.state.wait = 'the server is stopping'
    await product.http.close()
    await worker.stop()
    await product.databases.end()
    await installation.stop()
  })
  const url = config.publicUrl ?? (isLoopback(config.host) ? `http://localhost:${new URL(address).port}` : address)
  process.stdout.write(greeting(url, demo))
}

async function demoOf(
  config: Config,
  { embedded }: Installation,
  fresh: boolean,
  seed: () => Promise<{ email: string; password: string }>,
) {
  if (!embedded || !isLoopback(config.host)) return undefined
  const demo = readDemo(config.dataDir)
  return fresh || demo?.seeded === false ? seed() : demo
}

function greeting(url: string, demo: { email: string; password: string } | undefined): string {
  const lines = [`Comptoir serves on ${url}`]
  if (demo) lines.push(`Demo sign-in: ${demo.email} with the password ${demo.password}`)
  lines.push('Press Ctrl-C to stop.')
  return `\n${lines.map((line) => `  ${line}`).join('\n')}\n\n`
}

let stop: Stop = async () => {}
let stopping: Promise<void> | undefined

function shutDown(exitCode: number): void {
  // A second signal finds the first at work and changes nothing.
  stopping ??= stop().then(
    () => process.exit(exitCode),
    (error: unknown) => {
      process.stderr.write(`${explain(error)}\n`)
      process.exit(1)
    },
  )
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => shutDown(0))

try {
  await serve(parseConfig(process.env), (next) => {
    stop = next
  })
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  shutDown(1)
}
