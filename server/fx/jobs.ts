import { z } from 'zod'
import type { AuditWriter } from '../platform/audit-entry.ts'
import { OperatorError } from '../platform/explain.ts'
import { type Job, type JobContext, job } from '../platform/jobs.ts'
import { importEcbFile } from './import-ecb.ts'

const timeoutMs = 30_000
const mostBytes = 16 * 1024 * 1024

/**
 * Fetches the rates of the European Central Bank every day, after it has published them at about 16:00 in Frankfurt. The
 * file holds more than a day, so that days on which this did not run are made up for. When it cannot be had, the queue
 * tries again; everything else goes on with the rates there are.
 */
export function fetchEcbRates({ url, writeAudit }: { url: string; writeAudit: AuditWriter }): Job {
  return job({
    name: 'fx.fetch-ecb-rates',
    payload: z.unknown(),
    cron: '20 15 * * *',
    async handle(context) {
      const bytes = await download(url).catch((error: unknown) => fail(context, url, error))
      const imported = await importEcbFile({ ...context, writeAudit }, bytes).catch((error: unknown) =>
        error instanceof OperatorError ? fail(context, url, error) : Promise.reject(error),
      )
      context.log.info(
        { job: 'fx.fetch-ecb-rates', ...imported },
        'the rates of the European Central Bank were fetched',
      )
    },
  })
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
