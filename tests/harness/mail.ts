import { readFile } from 'node:fs/promises'
import { mailFile } from '../../server/messaging/index.ts'
import type { TestServer } from './server.ts'
import { until } from './until.ts'

export interface WrittenMail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** The mails that a server without a mail server wrote into its file so far, in order; its jobs must have been started. */
async function writtenMails({ dataDir }: Pick<TestServer, 'dataDir'>): Promise<WrittenMail[]> {
  const file = await readFile(mailFile(dataDir), 'utf8').catch(() => '')
  return file.split(`${'-'.repeat(80)}\n`).flatMap((block) => {
    const [, to, subject, text] = /^To: (.+)\nSubject: (.+)\n(?:.+\n)+\n([\s\S]*)\n$/m.exec(block) ?? []
    return to && subject && text ? [{ to, subject, text: text.trimEnd() }] : []
  })
}

/** Waits for the newest mail to an address, whose subject holds `subject`. */
export async function waitForMail(
  server: Pick<TestServer, 'dataDir'>,
  address: string,
  subject = '',
): Promise<WrittenMail> {
  return until(`a mail to ${address}`, async () =>
    (await writtenMails(server)).findLast((mail) => mail.to === address && mail.subject.includes(subject)),
  )
}
