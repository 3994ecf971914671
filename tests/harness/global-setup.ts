import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startTestPostgres } from './postgres.ts'
import { keepFilesInMemory } from './scratch.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresPort: number
  }
}

/** One PostgreSQL for the whole run, with a migrated template that each test database is cloned from. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const removeFiles = await keepFilesInMemory()
  const directory = await mkdtemp(join(tmpdir(), 'comptoir-test-'))
  const server = await startTestPostgres(directory)
  project.provide('postgresPort', server.port)
  return async () => {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
    await removeFiles()
  }
}
