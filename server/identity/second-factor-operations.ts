import { z } from 'zod'
import { outsideCommand, personQuery } from '../platform/operation.ts'
import * as contract from './contract.ts'
import type { People } from './people.ts'
import { confirm, disable, enrol, regenerateBackupCodes } from './second-factor.ts'
import { findSecondFactor } from './second-factor-queries.ts'

const { wrongPassword, wrongCode, lockedOut, secondFactorActive, secondFactorInactive } = contract

/** The second factor of a person: an authenticator app (RFC 6238) and backup codes. */
export function secondFactorOperations(people: People) {
  return [
    personQuery({
      name: 'identity.get-second-factor',
      route: 'GET /v1/me/second-factor',
      summary: 'Whether the person has a second factor, and how many backup codes are left.',
      input: z.strictObject({}),
      output: contract.secondFactor,
      async handle({ caller }) {
        const found = await findSecondFactor(people.identity.pool, caller.userId)
        const active_since = found?.confirmed_at ?? null
        return { active: active_since !== null, active_since, backup_codes_left: found?.backup_codes_left ?? 0 }
      },
    }),
    outsideCommand({
      name: 'identity.enrol-second-factor',
      route: 'POST /v1/me/second-factor',
      summary: 'Make a secret for an authenticator app, shown this once. It counts when a code of it was shown.',
      severity: 'notice',
      scope: 'person',
      guessable: true,
      input: contract.passwordInput,
      output: contract.enrolment,
      refusals: [wrongPassword, lockedOut, secondFactorActive],
      handle: (context, input) => enrol(people.identity, context, input),
    }),
    outsideCommand({
      name: 'identity.confirm-second-factor',
      route: 'POST /v1/me/second-factor/confirmation',
      summary: 'Make the second factor active by a code of the app; answers ten backup codes, shown this once.',
      severity: 'notice',
      scope: 'person',
      guessable: true,
      input: contract.codeInput,
      output: contract.backupCodes,
      refusals: [wrongCode, secondFactorActive, secondFactorInactive],
      handle: (context, input) => confirm(people.identity, context, input),
    }),
    outsideCommand({
      name: 'identity.disable-second-factor',
      route: 'POST /v1/me/second-factor/removal',
      summary: 'Switch the second factor off, with the password and a code; forgets trusted devices.',
      severity: 'notice',
      scope: 'person',
      guessable: true,
      input: contract.passwordAndCodeInput,
      output: z.null(),
      refusals: [wrongPassword, wrongCode, lockedOut, secondFactorInactive],
      handle: (context, input) => disable(people.identity, context, input),
    }),
    outsideCommand({
      name: 'identity.replace-backup-codes',
      route: 'POST /v1/me/second-factor/backup-codes',
      summary: 'Make ten new backup codes, shown this once; the old ones are good no more.',
      severity: 'notice',
      scope: 'person',
      guessable: true,
      input: contract.passwordAndCodeInput,
      output: contract.backupCodes,
      refusals: [wrongPassword, wrongCode, lockedOut, secondFactorInactive],
      handle: (context, input) => regenerateBackupCodes(people.identity, context, input),
    }),
  ] as const
}
