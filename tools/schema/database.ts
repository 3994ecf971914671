import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, startTestPostgres } from '../../tests/harness/postgres.ts'

/** Runs `work` on a new database with every migration and function applied, then removes its whole server. */
export async function withMigratedDatabase<T>(work: (ownerUrl: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'comptoir-generate-'))
  try {
    const server = await startTestPostgres(directory)
    try {
      return await work((await createTestDatabase(server.port)).ownerUrl)
    } finally {
      await server.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
