import { z } from 'zod'
import type { Databases } from '../platform/database.ts'
import { type Job, type JobContext, job } from '../platform/jobs.ts'
import { later } from '../platform/time.ts'
import { keptBefore, removeKept, removeOlder } from './files.ts'
import { notedFiles, purgeFiles } from './queries.ts'

const day = 86_400_000
const keptDays = 30
const purgeLimit = 500

/**
 * Removes files that no image has used for 30 days, and those older than a day that nothing notes, which a crash left. The
 * days are for a database that is restored to one of them.
 */
export function purgeImages(parts: {
  directory: string
  allTenants: (pool: Databases['jobs']) => Promise<string[]>
}): Job {
  return job({
    name: 'images.purge-files',
    payload: z.unknown(),
    cron: '20 3 * * *',
    async handle(context) {
      for (const tenantId of await parts.allTenants(context.databases.jobs)) {
        const place = { directory: parts.directory, tenantId }
        await purgeUnused(context, place)
        await removeUnknown(context, place)
      }
    },
  })
}

type Folder = Readonly<Record<'directory' | 'tenantId', string>>

async function purgeUnused({ inTenant, now }: JobContext, place: Folder): Promise<void> {
  for (let purged = purgeLimit; purged === purgeLimit; ) {
    purged = await inTenant(place.tenantId, async (tx) => {
      const scope = { ...tx, tenantId: place.tenantId }
      const hashes = await purgeFiles(scope, later(now, -keptDays * day), purgeLimit)
      // Before the commit, while they are held: nobody writes one of them anew meanwhile.
      for (const sha256 of hashes) await removeKept({ ...place, sha256 })
      return hashes.length
    })
  }
}

async function removeUnknown({ inTenant, now }: JobContext, place: Folder): Promise<void> {
  const before = later(now, -day)
  const old = await keptBefore(place, before)
  if (old.length === 0) return
  const noted = new Set(await inTenant(place.tenantId, (tx) => notedFiles({ ...tx, tenantId: place.tenantId }, old)))
  for (const sha256 of old) if (!noted.has(sha256)) await removeOlder({ ...place, sha256 }, before)
}
