import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createTestDatabase, startTestPostgres } from '../harness/postgres.ts'
import { simulate } from './simulation.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    operations: { type: 'string', default: '20000' },
    servers: { type: 'string', default: '1' },
    shops: { type: 'string', default: '3' },
  },
})

const options = {
  seed: Number(values.seed),
  operations: Number(values.operations),
  servers: Number(values.servers),
  shops: Number(values.shops),
}
// First of all, so that it is known whatever comes.
process.stdout.write(`seed ${options.seed}\n`)
const directory = await mkdtemp(join(tmpdir(), 'comptoir-simulation-'))
const postgres = await startTestPostgres(directory)
try {
  const database = await createTestDatabase(postgres.port)
  const began = performance.now()
  const { text } = await simulate(database, options)
  process.stdout.write(`${text}\n${((performance.now() - began) / 1000).toFixed(0)} s\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  await postgres.stop()
  await rm(directory, { recursive: true, force: true })
}
