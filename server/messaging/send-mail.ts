import { Counter } from 'prom-client'
import type { Encryption } from '../platform/encryption.ts'
import { type Job, type JobContext, job } from '../platform/jobs.ts'
import type { Metrics } from '../platform/metrics.ts'
import { now } from '../platform/time.ts'
import { jobName, openMail, queuedMail } from './mail.ts'
import { fileDelivery, mailFile, smtpDelivery } from './transport.ts'

/** Counts mails by kind and by what became of them. */
export type MailCounter = ReturnType<typeof countMails>

export interface Postbox {
  readonly encryption: Encryption
  readonly dataDir: string
  /** The mail server; undefined: mails are written to a file. Asked when the first mail leaves. */
  readonly smtpUrl: () => Promise<string | undefined>
  /** The sender of mails, and where answers to those of this tenant or branch go. */
  readonly sender: (
    context: JobContext,
    of: { tenantId: string; branchId: string | null },
  ) => Promise<{ from: string; replyTo: string | null }>
  readonly mails: MailCounter
}

/** Adds the counter of mails. */
export function countMails({ registry }: Metrics) {
  return new Counter({
    name: 'comptoir_mails_total',
    help: 'Mails by kind and result: sent, written (to a file, for want of a mail server), failed (tried again later), given_up, expired.',
    labelNames: ['kind', 'result'],
    registers: [registry],
  })
}

/**
 * The job that delivers one mail. What fails is tried again by the queue until its attempts are used up. Log and metrics
 * tell kind and id of a mail; address and text stay in it.
 */
export function sendMailJob(postbox: Postbox): Job {
  const { encryption, dataDir, mails } = postbox
  let opened: Awaited<ReturnType<typeof openRoute>> | undefined
  return job({
    name: jobName,
    payload: queuedMail,
    async handle(context, queued) {
      const { log, now: at, lastAttempt } = context
      const { id, kind } = queued
      const { expires_at: expiresAt, branch_id: branchId, ...content } = openMail(encryption, queued)
      if (expiresAt !== null && Date.parse(expiresAt) <= at.getTime()) {
        mails.inc({ kind, result: 'expired' })
        log.warn({ mail: kind, mailId: id }, 'a mail was not sent: what it says has expired')
        return
      }
      try {
        opened ??= await openRoute(postbox)
        const { sends, deliver } = opened
        const sender = await postbox.sender(context, { tenantId: queued.tenant_id, branchId })
        await deliver({ id, ...sender, ...content })
        mails.inc({ kind, result: sends ? 'sent' : 'written' })
        if (!sends) log.info({ mail: kind, mailId: id, file: mailFile(dataDir) }, 'a mail was written to a file')
      } catch (error) {
        const { code } = error as { code?: string }
        mails.inc({ kind, result: lastAttempt ? 'given_up' : 'failed' })
        if (lastAttempt) log.error({ mail: kind, mailId: id, code }, 'a mail was given up: it could not be delivered')
        throw error
      }
    },
  })
}

async function openRoute({ smtpUrl, dataDir }: Postbox) {
  const url = await smtpUrl()
  return url === undefined
    ? { sends: false, deliver: fileDelivery(dataDir, now) }
    : { sends: true, deliver: await smtpDelivery(url) }
}
