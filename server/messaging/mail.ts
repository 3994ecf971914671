import { z } from 'zod'
import { type Databases, inTransaction } from '../platform/database.ts'
import type { Encryption } from '../platform/encryption.ts'
import { nobody, uuidv7 } from '../platform/identifiers.ts'
import { addJobs, defaultAttempts } from '../platform/jobs.ts'
import type { CommandContext } from '../platform/operation.ts'
import { instant, line } from '../platform/schema.ts'

export const jobName = 'messaging.send-mail'

/** What it is about, for log and metrics, as `password-reset`: a constant of the code, never of a person. */
const kind = z.string().regex(/^[a-z]+(-[a-z]+)*$/)

/** What is sealed of a mail. A line break in the address or the subject would begin a header of its own. */
const content = z.strictObject({
  to: z.email().max(254),
  subject: line(200),
  text: z.string().min(1).max(50_000),
  expires_at: instant.nullable(),
  branch_id: z.uuid().nullable(),
})

/** A mail as it waits in the queue. Its table is readable to whoever runs the jobs, so only id and kind stand there. */
export const queuedMail = z.object({ tenant_id: z.uuid(), id: z.uuid(), kind, sealed: z.string() })

export interface Mail {
  readonly kind: string
  /** One e-mail address, without a name. */
  readonly to: string
  readonly subject: string
  /** Plain text; lines are kept as they are. */
  readonly text: string
  /** It is not sent after this: a link that has expired helps nobody. */
  readonly expiresAt?: Date
  /** The branch that it comes from, whose `messaging.reply-to` counts. */
  readonly branchId?: string
}

/** Queues mails; see `createMailer`. */
export type Mailer = ReturnType<typeof createMailer>

/**
 * Queues mails, with addresses and texts sealed. Both ways throw `ZodError` for an address that is none, and for a line
 * break in the address or the subject.
 */
export function createMailer({ encryption, databases }: { encryption: Encryption; databases: Databases }) {
  return {
    /** Adds a mail to the transaction of a command: it goes out when that commits, and not otherwise. */
    send(context: Pick<CommandContext, 'enqueue'>, mail: Mail): void {
      context.enqueue({ name: jobName }, sealMail(encryption, mail))
    },

    /** Queues a mail in a transaction of its own, for what commits on another pool. */
    async queue(mail: Mail): Promise<void> {
      const payload = sealMail(encryption, mail)
      const job = { task: jobName, payload, key: null, run_at: null, max_attempts: defaultAttempts }
      await inTransaction(databases.app, nobody, (tx) => addJobs(tx, nobody, [job]))
    },
  }
}

/** Opens a queued mail. Throws what `Encryption.open` throws. */
export function openMail(encryption: Encryption, { id, sealed }: z.output<typeof queuedMail>) {
  return content.parse(JSON.parse(encryption.open(sealed, placeOf(id))))
}

function sealMail(encryption: Encryption, mail: Mail): Record<string, unknown> {
  const { to, subject, text, expiresAt, branchId = null } = mail
  const checked = content.parse({
    to,
    subject,
    text,
    expires_at: expiresAt?.toISOString() ?? null,
    branch_id: branchId,
  })
  const id = uuidv7()
  return { id, kind: kind.parse(mail.kind), sealed: encryption.seal(JSON.stringify(checked), placeOf(id)) }
}

function placeOf(id: string) {
  return { table: 'graphile_worker.jobs', column: 'payload', row: id }
}
