import { appendFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { isLoopback } from '../platform/config.ts'

export interface Message {
  readonly id: string
  /** `Name <address>` or an address. */
  readonly from: string
  readonly replyTo: string | null
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Hands a message over; resolves when it was taken. Throws `MailUndelivered`. */
export type Deliver = (message: Message) => Promise<void>

/** A message was not taken. Says why in codes: what a mail server answers quotes the address. */
class MailUndelivered extends Error {
  readonly code: string

  constructor(code: string) {
    super(`the mail was not taken: ${code}`)
    this.code = code
  }
}

const connectMs = 10_000
const answerMs = 30_000

/** Delivers by SMTP. A repeated message has the same Message-ID, by which mail servers know it again. */
export async function smtpDelivery(smtpUrl: string): Promise<Deliver> {
  // Loaded when there is somebody to hand mails to: it takes a tenth of a start.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    ...connectionOf(smtpUrl),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    dnsTimeout: connectMs,
    socketTimeout: answerMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return async ({ id, from, replyTo, to, subject, text }) => {
    try {
      await transport.sendMail({
        from,
        // An object is taken as it is; a text would be searched for several addresses.
        to: { name: '', address: to },
        subject,
        text,
        ...(replyTo === null ? {} : { replyTo: { name: '', address: replyTo } }),
        messageId: messageIdOf(id, from),
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
    } catch (error) {
      // biome-ignore lint/style/useErrorCause: the cause quotes the address, and the queue keeps errors
      throw new MailUndelivered(reasonOf(error))
    }
  }
}

/** Writes messages into a file that only this user can read, for machines without a mail server. */
export function fileDelivery(dataDir: string, at: () => Date): Deliver {
  return async ({ id, from, replyTo, to, subject, text }) => {
    const head = [`From: ${from}`, `To: ${to}`, `Subject: ${subject}`, `Date: ${at().toISOString()}`]
    if (replyTo !== null) head.push(`Reply-To: ${replyTo}`)
    const lines = [...head, `Message-ID: ${messageIdOf(id, from)}`, '', text, '', '-'.repeat(80), '']
    await appendFile(mailFile(dataDir), lines.join('\n'), { mode: 0o600 })
  }
}

/** The file of `fileDelivery`. */
export function mailFile(dataDir: string): string {
  return join(dataDir, 'mail.log')
}

/**
 * What `smtp://user:password@host:587` means. With `smtps` the connection begins with TLS; with `smtp` it must change to
 * TLS before anything else is said, unless the server is on this machine. `?tls=never` and `?tls=always` say otherwise.
 * Names are checked against the certificate.
 */
function connectionOf(smtpUrl: string) {
  const url = new URL(smtpUrl)
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const tls = url.searchParams.get('tls') ?? (isLoopback(host) ? 'never' : 'always')
  const open = !secure && tls === 'never'
  const port = url.port === '' ? defaultPort(secure) : url.port
  const user = decodeURIComponent(url.username)
  return {
    host,
    port,
    secure,
    requireTLS: !secure && !open,
    ignoreTLS: open,
    ...(isIP(host) ? {} : { tls: { servername: host } }),
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
  }
}

function defaultPort(secure: boolean): string {
  return secure ? '465' : '587'
}

function messageIdOf(id: string, from: string): string {
  const domain = /@([^<>@\s]+)>?$/.exec(from)?.[1] ?? 'comptoir.invalid'
  return `<${id}@${domain}>`
}

/** nodemailer's name for what failed, and the status of the mail server's answer: `EENVELOPE 550`. */
function reasonOf(error: unknown): string {
  const { code = 'EUNKNOWN', responseCode = '' } = error as { code?: string; responseCode?: number }
  return `${code} ${responseCode}`.trim()
}
