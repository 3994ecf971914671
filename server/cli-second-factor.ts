import { writeAudit } from './audit/index.ts'
import { assertInstalled, withProduct } from './cli-installation.ts'
import { type CliCommand, need, print, text } from './cli-support.ts'
import { resetSecondFactor } from './identity/index.ts'
import { parseConfig } from './platform/config.ts'
import { inTransaction } from './platform/database.ts'
import { nobody } from './platform/identifiers.ts'
import { addJobs } from './platform/jobs.ts'
import { assertMigrated } from './verify.ts'

/** `comptoir reset-second-factor`: the way back for who has lost the app and the backup codes; the operator knows who asks. */
export const resetSecondFactorCommand: CliCommand = {
  synopsis: 'reset-second-factor --email E',
  summary: 'Take the second factor from somebody who has lost it; ends their sessions, and a mail tells them.',
  options: { email: text },
  async run(values) {
    const email = need(values, 'email')
    assertInstalled()
    return withProduct(async ({ people, databases }, installation) => {
      await assertMigrated(installation)
      const { environment } = parseConfig(process.env)
      const { jobs, entry } = await resetSecondFactor(people.identity, { email, environment })
      await inTransaction(databases.app, nobody, async (tx) => {
        await addJobs(tx, nobody, jobs)
        await writeAudit(tx, nobody, [entry])
      })
      print(`${email} signs in with the password alone from now on.`)
      return 0
    })
  },
}
