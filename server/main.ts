import { compose } from './compose.ts'
import { fillDemo, greeting, isDemo, planDemo, refuseExposedDemo, seedDemo } from './demo/demo.ts'
import { type Config, isLoopback, parseConfig } from './platform/config.ts'
import { explain } from './platform/explain.ts'
import { drain } from './platform/http.ts'
import { openInstallation } from './platform/installation.ts'
import { createLog } from './platform/log.ts'
import { prepareDatabase } from './prepare.ts'

// What was started and must be stopped, the last first. It is pushed before it is awaited, so that a signal finds it.
const stops: (() => Promise<unknown>)[] = []
let stopping = false
// Beyond Node's 511, Linux takes connections and then resets them when tills come back all at once. The system may allow fewer.
const mostWaiting = 4_096

async function serve(config: Config): Promise<void> {
  refuseExposedDemo(config)
  const log = createLog(config.logLevel)
  const opening = openInstallation(config, (line) => log.info(line))
  stops.push(() => settled(opening).then((opened) => opened?.stop()))
  const installation = await opening
  if (stopping) return
  const { urls, authSecret, signingKeys } = installation
  const hasDemo = installation.embedded && config.localOnly && config.signUpOpen
  if (hasDemo) await planDemo(installation, config)
  if (stopping) return
  const paymentSimulator = config.paymentSimulator ?? (hasDemo && isDemo(config.dataDir))
  const product = await compose({ config: { ...config, paymentSimulator }, urls, authSecret, signingKeys, log })
  product.state.wait = 'the database is being migrated'
  stops.push(() => product.databases.end())
  stops.push(() => drain(product.http))
  const address = await product.http.listen({ host: config.host, port: config.port, backlog: mostWaiting })
  const migrating = prepareDatabase({
    ownerUrl: installation.ownerUrl,
    roleUrls: urls,
    rolePrefix: config.rolePrefix,
    log: (line) => log.info(line),
    onWait: () => {
      product.state.wait = 'another process migrates the database'
    },
  })
  // It commits as a whole. An external database takes it back by itself when we are gone, perhaps while we wait our turn.
  if (installation.embedded) stops.push(() => settled(migrating))
  await migrating
  if (stopping) return
  const demo = hasDemo ? await seedDemo(product, config.dataDir) : undefined
  if (stopping) return
  const starting = product.startJobs()
  stops.push(async () => {
    product.state.wait = 'the server is stopping'
    await settled(starting).then((worker) => worker?.stop())
  })
  await starting
  if (stopping) return
  product.state.wait = undefined
  const url = config.publicUrl ?? (isLoopback(config.host) ? `http://localhost:${new URL(address).port}` : address)
  process.stdout.write(greeting(url, demo))
  if (!demo || config.demo !== 'filled') return
  const filling = fillDemo({ product, isStopping: () => stopping }, config.dataDir)
  stops.push(() => filling)
}

function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch(() => undefined)
}

/** Stops everything, then the process. A second signal finds the first at work and changes nothing. */
async function shutDown(exitCode: number): Promise<void> {
  if (stopping) return
  stopping = true
  const clean = await stopAll()
  if (clean && exitCode === 0) process.stdout.write('\n  Comptoir has stopped.\n')
  process.exit(clean ? exitCode : 1)
}

async function stopAll(): Promise<boolean> {
  let clean = true
  for (let stop = stops.pop(); stop; stop = stops.pop()) {
    await stop().catch((error: unknown) => {
      clean = false
      process.stderr.write(`${explain(error)}\n`)
    })
  }
  return clean
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void shutDown(0))
// A terminal that is gone must not take the server along before PostgreSQL is stopped.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

try {
  await serve(parseConfig(process.env))
} catch (error) {
  // What a signal has cut short fails, and that is no news.
  if (!stopping) process.stderr.write(`${explain(error)}\n`)
  await shutDown(1)
}
