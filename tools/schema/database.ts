import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, startTestPostgres } from '../../tests/harness/postgres.ts'

/** Runs `work` on a new database with every migration and function applied, then removes its whole server. */
export async function withMigratedDatabase<T>(work: (ownerUrl: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'comptoir-generate-'))
  const starting = startTestPostgres(directory)
  const remove = async () => {
    await starting.then((server) => server.stop()).catch(() => {})
    await rm(directory, { recursive: true, force: true })
  }
  // PostgreSQL runs in a process group of its own: Ctrl-C reaches us, and it only through us.
  const interrupt = () => remove().finally(() => process.exit(130))
  process.once('SIGINT', interrupt)
  try {
    const server = await starting
    return await work((await createTestDatabase(server.port)).ownerUrl)
  } finally {
    process.off('SIGINT', interrupt)
    await remove()
  }
}
