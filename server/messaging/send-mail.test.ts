import { readFile, stat } from 'node:fs/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { symbols } from 'pino'
import type { SMTPServerAuthentication } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { waitForMail } from '../../tests/harness/mail.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { localhostCertificate, type SmtpCatcher, startSmtpCatcher } from '../../tests/harness/smtp.ts'
import { until } from '../../tests/harness/until.ts'
import { createClient } from '../platform/client.ts'
import { inTransaction } from '../platform/database.ts'
import { addJobs } from '../platform/jobs.ts'
import { command, type OperationMap } from '../platform/operation.ts'
import { refusal, refuse } from '../platform/refusal.ts'
import { type createMailer, mailFile } from './index.ts'

const hidden = {
  to: 'zineb.personal@example.org',
  subject: 'Hello Zineb',
  text: 'https://shop.example/reset?token=one-time',
}
const mail = { kind: 'probe', ...hidden }
const refused = refusal('probe_refused', 409, 'The probe was told to refuse')

const sendProbe = (mailer: () => ReturnType<typeof createMailer>) =>
  command({
    name: 'probe.send-mail',
    route: 'POST /v1/probe-mails',
    summary: 'Send a mail, and perhaps refuse afterwards.',
    permission: null,
    reach: 'any',
    input: z.strictObject({ subject: z.string(), refuse: z.boolean().default(false) }),
    output: z.null(),
    async handle(context, { subject, refuse: mustRefuse }) {
      mailer().send(context, { ...mail, subject })
      return mustRefuse ? refuse(refused) : null
    },
  })

interface Post {
  readonly server: TestServer
  readonly owner: TestOwner
  readonly lines: string[]
  /** Asks for a mail through a command. */
  send(input: { subject: string; refuse?: boolean }): Promise<unknown>
  metrics(): Promise<string>
  close(): Promise<void>
}

/** A server whose jobs run, with what it logs. */
async function startPost(env: Record<string, string>): Promise<Post> {
  const operation = sendProbe(() => server.product.mailer)
  const server: TestServer = await startTestServer({
    env: { LOG_LEVEL: 'trace', ...env },
    more: { operations: [operation] },
  })
  const lines: string[] = []
  Object.assign(server.product.log, { [symbols.streamSym]: { write: (line: string) => lines.push(line) } })
  const owner = await signUpOwner(server)
  const worker = await server.product.startJobs()
  const client = createClient<OperationMap<readonly [typeof operation]>>({
    url: server.url,
    headers: { cookie: owner.cookie, 'comptoir-tenant': owner.tenantId },
  })
  return {
    server,
    owner,
    lines,
    send: (input) => client.call('probe.send-mail', input),
    metrics: async () => (await fetch(`${server.url}/metrics`)).text(),
    async close() {
      await worker.stop()
      await server.close()
    },
  }
}

/** Lets the jobs that failed be tried at once instead of later; `last`: for the last time. */
const hurry = ({ server }: Post, last = false) =>
  withClient(server.database.superuserUrl, (client) =>
    client.query(
      `UPDATE graphile_worker._private_jobs SET run_at = now(), attempts = CASE WHEN $1 THEN max_attempts - 1 ELSE attempts END
       WHERE locked_at IS NULL`,
      [last],
    ),
  )

const queueText = ({ server }: Post) =>
  withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query('SELECT j::text AS text FROM graphile_worker._private_jobs j')
    return rows.map(({ text }) => text as string)
  })

const hiddenIn = (text: string) => Object.values(hidden).filter((value) => text.includes(value))

let catcher: SmtpCatcher
let post: Post
let refusing = false

const usualCertificates = getCACertificates('default')

beforeAll(async () => {
  setDefaultCACertificates([localhostCertificate])
  catcher = await startSmtpCatcher({
    onRcptTo({ address }, _session, done) {
      if (refusing) done(Object.assign(new Error(`no mailbox ${address}`), { responseCode: 450 }))
      else done()
    },
  })
  post = await startPost({ SMTP_URL: `smtp://127.0.0.1:${catcher.port}`, MAIL_FROM: 'Corner Shop <shop@example.org>' })
})
afterAll(async () => {
  setDefaultCACertificates(usualCertificates)
  await post.close()
  await catcher.close()
})

const subjects = () => catcher.mails.map(({ subject }) => subject)

test('a mail goes out once its command commits, with the sender, a Message-ID and the text as it was given', async () => {
  await post.send({ subject: 'Réunion à 9 h ☕' })
  const got = await catcher.waitFor(hidden.to, ({ subject }) => subject === 'Réunion à 9 h ☕')
  expect(got.from).toMatchObject({ name: 'Corner Shop', address: 'shop@example.org' })
  expect(got.to).toMatchObject([{ address: hidden.to }])
  expect(got.text?.trimEnd()).toBe(hidden.text)
  expect(got.messageId).toMatch(/^<[\da-f-]{36}@example\.org>$/)
  expect(got.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated')
})

test('a command that is refused sends nothing', async () => {
  await expect(post.send({ subject: 'never', refuse: true })).rejects.toThrow()
  await post.send({ subject: 'afterwards' })
  await catcher.waitFor(hidden.to, ({ subject }) => subject === 'afterwards')
  expect(subjects()).not.toContain('never')
})

test('what commits on another pool queues a mail by itself', async () => {
  await post.server.product.mailer.queue({ ...mail, subject: 'from outside' })
  await catcher.waitFor(hidden.to, ({ subject }) => subject === 'from outside')
})

test.each([
  ['a line break in the subject', { subject: 'Hello\r\nBcc: other@example.org' }],
  ['a line feed in the subject', { subject: 'Hello\nBcc: other@example.org' }],
  ['a line break in the address', { to: 'a@example.org\r\nBcc: other@example.org' }],
  ['a line feed at the end of the address', { to: 'a@example.org\n' }],
  ['two addresses', { to: 'a@example.org, other@example.org' }],
  ['a name beside the address', { to: 'A <a@example.org>' }],
  ['no address', { to: '' }],
  ['a kind that is no word', { kind: hidden.to }],
])('%s is refused before anything is queued', async (_, wrong) => {
  const before = await queueText(post)
  await expect(post.server.product.mailer.queue({ ...mail, ...wrong })).rejects.toThrow(z.ZodError)
  expect(await queueText(post)).toEqual(before)
})

test('answers go where the branch says, else the tenant', async () => {
  const { client, tenantId, branchId } = post.owner
  const setReplyTo = (value: string, place: { branch_id?: string } = {}) =>
    client.call('settings.set-setting', { name: 'messaging.reply-to', version: 0, value, ...place })
  await setReplyTo('office@example.org')
  await setReplyTo('port@example.org', { branch_id: branchId })
  const { mailer, databases } = post.server.product
  const enqueued: Record<string, unknown>[] = []
  const context = { enqueue: (_: object, payload = {}) => enqueued.push(payload) }
  mailer.send(context, { ...mail, subject: 'of the branch', branchId })
  mailer.send(context, { ...mail, subject: 'of the tenant' })
  await inTransaction(databases.app, tenantId, (tx) =>
    addJobs(
      tx,
      tenantId,
      enqueued.map((payload) => ({ task: 'messaging.send-mail', payload, key: null, run_at: null, max_attempts: 1 })),
    ),
  )
  const answersOf = async (wanted: string) =>
    (await catcher.waitFor(hidden.to, ({ subject }) => subject === wanted)).replyTo
  expect(await answersOf('of the branch')).toMatchObject([{ address: 'port@example.org' }])
  expect(await answersOf('of the tenant')).toMatchObject([{ address: 'office@example.org' }])
})

test('a mail that has expired is not sent', async () => {
  const expiresAt = new Date('2026-01-01T00:00:00Z')
  await post.server.product.mailer.queue({ ...mail, kind: 'late', subject: 'too late', expiresAt })
  await until('the mail to be dropped', async () =>
    (await post.metrics()).includes('comptoir_mails_total{kind="late",result="expired"} 1'),
  )
  expect(subjects()).not.toContain('too late')
})

test('what fails is tried again until it is taken, and shows nothing of itself meanwhile', async () => {
  refusing = true
  await post.server.product.mailer.queue({ ...mail, kind: 'retried' })
  const failed = 'comptoir_mails_total{kind="retried",result="failed"} 1'
  await until('the first failure', async () => (await post.metrics()).includes(failed))
  const [waiting = ''] = await until('the job to wait', async () => {
    const texts = (await queueText(post)).filter((text) => text.includes('retried'))
    return texts.some((text) => text.includes('EENVELOPE 450')) && texts
  })
  expect(hiddenIn(waiting)).toEqual([])
  refusing = false
  await hurry(post)
  const got = await catcher.waitFor(hidden.to, ({ subject }) => subject === hidden.subject)
  expect(waiting).toContain(got.messageId?.slice(1, 37))
  await until('the queue to be empty', async () => (await queueText(post)).every((text) => !text.includes('retried')))
  expect(subjects().filter((subject) => subject === hidden.subject)).toHaveLength(1)
})

test('what fails to the end is given up with a line and a count, and stays sealed', async () => {
  refusing = true
  await post.server.product.mailer.queue({ ...mail, kind: 'lost' })
  await until('a failure', async () => (await post.metrics()).includes('kind="lost",result="failed"} 1'))
  await until('the job to be free', async () => (await queueText(post)).some((text) => text.includes('EENVELOPE 450')))
  await hurry(post, true)
  await until('the end', async () => (await post.metrics()).includes('kind="lost",result="given_up"} 1'))
  refusing = false
  const line = post.lines.map((text) => JSON.parse(text)).find(({ msg }) => msg.startsWith('a mail was given up'))
  expect(line).toMatchObject({ level: 50, mail: 'lost', mailId: expect.any(String), code: 'EENVELOPE 450' })
})

test('no address, subject or link is in the log, the metrics or the queue', async () => {
  expect(post.lines.length).toBeGreaterThan(5)
  expect(post.lines.flatMap(hiddenIn)).toEqual([])
  expect(hiddenIn(await post.metrics())).toEqual([])
  expect((await queueText(post)).flatMap(hiddenIn)).toEqual([])
})

test('without a mail server a mail is written to a file of this user, and the log says where', async () => {
  const local = await startPost({})
  try {
    await local.send({ subject: hidden.subject })
    expect(await waitForMail(local.server, hidden.to)).toEqual(hidden)
    const file = mailFile(local.server.dataDir)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toContain('From: Comptoir <no-reply@localhost>')
    const line = await until('the line', () =>
      local.lines.find((text) => text.includes('a mail was written') && text.includes('probe')),
    )
    expect(JSON.parse(line)).toMatchObject({ level: 30, mail: 'probe', file })
    expect(local.lines.flatMap(hiddenIn)).toEqual([])
    expect(local.lines.join()).not.toContain('SMTP_URL')
  } finally {
    await local.close()
  }
})

test('a server that others reach warns at its start when it has no mail server', async () => {
  const reachable = await startPost({ PUBLIC_URL: 'https://shop.example.org', SIGN_UP: 'open' })
  await reachable.close()
  expect(reachable.lines.filter((line) => line.includes('SMTP_URL is not set: mails reach nobody'))).toHaveLength(1)
})

const asksPassword = {
  authOptional: false,
  onAuth: (
    { username, password }: SMTPServerAuthentication,
    _: unknown,
    done: (error: Error | null, answer?: { user: string }) => void,
  ) =>
    username === 'shop@example.org' && password === 'p@ss/word' ? done(null, { user: 'shop' }) : done(new Error('no')),
}
const login = 'shop%40example.org:p%40ss%2Fword'

test.each([
  ['STARTTLS', {}, (port: number) => `smtp://${login}@localhost:${port}?tls=always`],
  ['TLS from the first byte', { secure: true }, (port: number) => `smtps://${login}@localhost:${port}`],
])('a mail goes out over %s, signed in', async (_, options, urlOf) => {
  let encrypted = false
  const server = await startSmtpCatcher({
    ...asksPassword,
    ...options,
    onMailFrom(_address, session, done) {
      encrypted = session.secure
      done()
    },
  })
  const secure = await startPost({ SMTP_URL: urlOf(server.port) })
  await secure.server.product.mailer.queue(mail)
  await server.waitFor(hidden.to)
  expect(encrypted).toBe(true)
  await secure.close()
  await server.close()
})

test.each([
  ['a server that speaks no TLS', { disabledCommands: ['STARTTLS'] }, [localhostCertificate]],
  ['a server whose certificate nobody signed', {}, []],
])('%s gets neither the password nor the mail', async (_, options, trusted) => {
  setDefaultCACertificates(trusted)
  let asked = false
  const server = await startSmtpCatcher({
    ...options,
    onAuth(_auth, _session, done) {
      asked = true
      done(null, { user: 'anybody' })
    },
  })
  const secure = await startPost({ SMTP_URL: `smtp://${login}@localhost:${server.port}?tls=always` })
  await secure.server.product.mailer.queue(mail)
  await until('the failure', async () => (await secure.metrics()).includes('result="failed"} 1'))
  expect([asked, server.mails]).toEqual([false, []])
  await secure.close()
  await server.close()
  setDefaultCACertificates([localhostCertificate])
})
