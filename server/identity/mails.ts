import { z } from 'zod'
import type { Mailer } from '../messaging/index.ts'
import { type Job, job } from '../platform/jobs.ts'
import type { Caller, OutsideContext } from '../platform/operation.ts'
import { instant, withoutLinks } from '../platform/schema.ts'
import { findVisits } from './attempt-queries.ts'
import type { Identity } from './people.ts'
import { findUser } from './queries.ts'
import { linkToken } from './tokens.ts'

const kinds = [
  'welcome',
  'known-address',
  'verify-email',
  'password-reset',
  'password-changed',
  'second-factor-disabled',
  'new-device',
] as const

/** What the queue holds: ids, no address and no token. Without a person it is a stranger's request, and nothing is sent. */
const payload = z.object({
  tenant_id: z.uuid(),
  kind: z.enum(kinds),
  user_id: z.uuid().nullable(),
  request_id: z.uuid(),
  link: z.object({ id: z.uuid(), expires_at: instant }).nullable(),
})

interface Texts {
  readonly subject: string
  readonly lines: readonly string[]
}

const jobName = 'identity.write-mail'

/** Has a mail written once the request has committed. No mail server is asked before that. */
export function enqueueMail(
  context: Pick<OutsideContext<Caller>, 'enqueue'> & { readonly caller: Pick<Caller, 'requestId'> },
  mail: { kind: (typeof kinds)[number]; userId: string | null; link?: { id: string; expiresAt: Date } },
): void {
  const { kind, userId, link } = mail
  context.enqueue(
    { name: jobName },
    {
      kind,
      user_id: userId,
      request_id: context.caller.requestId,
      link: link ? { id: link.id, expires_at: link.expiresAt.toISOString() } : null,
    },
  )
}

/** The job that writes a mail of identity and hands it over for delivery. */
export function writeMailJob(identity: Identity, mailer: Mailer): Job {
  const { pool, secret, publicUrl } = identity
  return job({
    name: jobName,
    payload,
    async handle(_, { kind, user_id: userId, request_id: requestId, link }) {
      const user = userId === null ? undefined : await findUser(pool, userId)
      if (!user) return
      const visit = (await findVisits(pool, user.id, [requestId])).get(requestId)
      const origin = new URL(publicUrl).origin
      // Behind the #, so that no server and no log on the way reads it.
      const linkTo = (page: string) => (link ? `${origin}/${page}#token=${linkToken(secret, link.id)}` : origin)
      // Whoever signs up chooses the name, and whoever asks the User-Agent: neither puts a link into a mail of ours.
      const { subject, lines } = textsOf[kind]({
        name: withoutLinks(user.name),
        origin,
        linkTo,
        visit: visit && { address: visit.address, device: withoutLinks(visit.device) },
      })
      const expiresAt = link && kind !== 'known-address' ? { expiresAt: new Date(link.expires_at) } : {}
      await mailer.queue({ kind, to: user.email, subject, text: lines.join('\n'), ...expiresAt })
    },
  })
}

interface About {
  readonly name: string
  readonly origin: string
  readonly linkTo: (page: string) => string
  readonly visit: { address: string; device: string } | undefined
}

const unexpected = 'If that was not you, set a new password and end the other sessions of your account.'

const textsOf: Record<(typeof kinds)[number], (about: About) => Texts> = {
  welcome: ({ name, linkTo }) => ({
    subject: 'Welcome to Comptoir',
    lines: [
      `Hello ${name},`,
      '',
      'your account is ready. Confirm that this address is yours with this link, within a day:',
      linkTo('verify-email'),
      '',
      'If you did not sign up, ignore this mail.',
    ],
  }),
  'known-address': ({ name, origin }) => ({
    subject: 'You have an account already',
    lines: [
      `Hello ${name},`,
      '',
      `somebody signed up with this address, which has an account at ${origin} already. Nothing was changed.`,
      'If that was you, sign in with the password of that account, or set a new one by "forgot password".',
    ],
  }),
  'verify-email': ({ name, linkTo }) => ({
    subject: 'Confirm your e-mail address',
    lines: [
      `Hello ${name},`,
      '',
      'confirm that this address is yours with this link, within a day:',
      linkTo('verify-email'),
    ],
  }),
  'password-reset': ({ name, linkTo }) => ({
    subject: 'Set a new password',
    lines: [
      `Hello ${name},`,
      '',
      'set a new password with this link, within 30 minutes. It works once and ends all your sessions:',
      linkTo('reset-password'),
      '',
      'If you did not ask for it, ignore this mail: your password stays as it is.',
    ],
  }),
  'password-changed': ({ name, origin }) => ({
    subject: 'Your password was changed',
    lines: [`Hello ${name},`, '', `the password of your account at ${origin} was changed.`, unexpected],
  }),
  'second-factor-disabled': ({ name, origin }) => ({
    subject: 'The second factor was switched off',
    lines: [`Hello ${name},`, '', `your account at ${origin} asks for the password only from now on.`, unexpected],
  }),
  'new-device': ({ name, origin, visit }) => ({
    subject: 'A new device signed in',
    lines: [
      `Hello ${name},`,
      '',
      `a device that was not seen before signed in to your account at ${origin}.`,
      ...(visit ? [`Address: ${visit.address}`, `Device: ${visit.device}`] : []),
      unexpected,
    ],
  }),
}
