import { z } from 'zod'
import { outsideCommand } from '../platform/operation.ts'
import { changePassword, requestReset, resetPassword } from './change-password.ts'
import * as contract from './contract.ts'
import type { People } from './people.ts'

/** Setting another password. */
export function passwordOperations(people: People) {
  return [
    outsideCommand({
      name: 'identity.change-password',
      route: 'POST /v1/me/password',
      summary: 'Set another password; ends the other sessions and forgets trusted devices.',
      severity: 'notice',
      scope: 'person',
      guessable: true,
      input: contract.changePasswordInput,
      output: z.null(),
      refusals: [contract.wrongPassword, contract.lockedOut, contract.passwordRefused, contract.passwordReused],
      handle: (context, input) => changePassword(people.identity, context, input),
    }),
    outsideCommand({
      name: 'identity.request-password-reset',
      route: 'POST /v1/password-resets',
      summary: 'Send a link to set a new password. The answer is the same for an address that nobody has.',
      severity: 'notice',
      scope: 'anyone',
      // Whoever guesses passwords at an address, or asks for links to it, must not close its person's way out.
      guessable: 'from-one-address',
      input: contract.requestResetInput,
      output: z.null(),
      handle: (context, input) => requestReset(people.identity, context, input),
    }),
    outsideCommand({
      name: 'identity.reset-password',
      route: 'POST /v1/password-resets/completion',
      summary:
        'Set a new password by the token of the link; ends all sessions and a lockout. A second factor stays, unless the address was never verified.',
      severity: 'notice',
      scope: 'anyone',
      guessable: true,
      input: contract.resetPasswordInput,
      output: z.null(),
      refusals: [contract.linkInvalid, contract.passwordRefused, contract.passwordReused],
      handle: (context, input) => resetPassword(people.identity, context, input),
    }),
  ] as const
}
