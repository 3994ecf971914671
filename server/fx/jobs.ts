import { z } from 'zod'
import type { AuditWriter } from '../platform/audit-entry.ts'
import { inTransaction } from '../platform/database.ts'
import { OperatorError } from '../platform/explain.ts'
import { nobody } from '../platform/identifiers.ts'
import { type Job, type JobContext, job } from '../platform/jobs.ts'
import { importEcbFile } from './import-ecb.ts'
import { findPublicGap } from './queries.ts'

const timeoutMs = 30_000
const mostBytes = 16 * 1024 * 1024

/** The bank was never quiet for longer than five days. */
const longestPauseDays = 7

/**
 * Fetches the rates of the European Central Bank every day, after it has published them at about 16:00 in Frankfurt. The
 * file holds more than a day, so that days on which this did not run are made up for. When it cannot be had, the queue
 * tries again; everything else goes on with the rates there are. It corrects no rate that is recorded: what differs, and
 * days that are missing since before the file begins, it warns of every day until the operator has imported them.
 */
export function fetchEcbRates({ url, writeAudit }: { url: string; writeAudit: AuditWriter }): Job {
  return job({
    name: 'fx.fetch-ecb-rates',
    payload: z.unknown(),
    cron: '20 15 * * *',
    async handle(context) {
      const bytes = await download(url).catch((error: unknown) => fail(context, url, error))
      const imported = await importEcbFile({ ...context, corrects: false, writeAudit }, bytes).catch(
        (error: unknown) => (error instanceof OperatorError ? fail(context, url, error) : Promise.reject(error)),
      )
      context.log.info(
        { job: 'fx.fetch-ecb-rates', ...imported },
        'the rates of the European Central Bank were fetched',
      )
      if (imported.differing > 0)
        context.log.warn(
          { differing: imported.differing, command: 'npx comptoir import-fx FILE --corrections' },
          'rates of the European Central Bank differ from those recorded, which were left as they are',
        )
      await warnOfGap(context)
    },
  })
}

async function warnOfGap({ databases, log }: JobContext): Promise<void> {
  const gap = await inTransaction(databases.app, nobody, ({ client }) => findPublicGap(client, longestPauseDays))
  if (!gap) return
  log.warn(
    { ...gap, command: 'npx comptoir import-fx eurofxref-hist.zip' },
    'rates of the European Central Bank are missing between two days: its history has them',
  )
}

async function download(url: string): Promise<Buffer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
  if (!answer.ok) throw new Error(`it answered ${answer.status}`)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    length += chunk.length
    if (length > mostBytes) throw new Error(`it sent more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function fail({ log }: JobContext, url: string, error: unknown): never {
  const { message, cause } = error as Error
  const reason = cause instanceof Error ? `${message}: ${cause.message}` : message
  const { origin, pathname } = new URL(url)
  log.warn({ url: origin + pathname, reason }, 'the rates of the European Central Bank could not be fetched')
  throw error
}
