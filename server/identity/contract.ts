import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, line, name, page, pageInput, time } from '../platform/schema.ts'

const fewestCharacters = 12
const mostCharacters = 128

const email = z.email().max(254).toLowerCase().meta({ personal: true, description: 'E-mail address.' })

/**
 * A password to be set. NIST SP 800-63B-4, 3.1.1.2: Unicode is normalised (NFKC), a code point counts as a character, and
 * nothing is asked of the kinds of characters; what guessers try first is refused by `assertPassword`.
 */
const newPassword = z
  .string()
  .max(mostCharacters * 4)
  .refine((text) => text.isWellFormed(), { error: 'must be well-formed Unicode' })
  .transform((text) => text.normalize('NFKC'))
  .refine((text) => [...text].length >= fewestCharacters && [...text].length <= mostCharacters, {
    error: `must be ${fewestCharacters} to ${mostCharacters} characters`,
  })
  .meta({
    secret: true,
    minLength: fewestCharacters,
    maxLength: mostCharacters,
    description: 'At least 12 characters.',
  })

/** Any password is taken here: a wrong one and an impossible one get the same answer. */
const password = z.string().min(1).max(1_000).meta({ secret: true })
const token = z.string().min(1).max(200).meta({ secret: true, description: 'The token of the link.' })
const code = z.string().min(1).max(40).meta({ secret: true, description: 'Six digits of the app, or a backup code.' })
const deviceName = name(60).meta({ personal: true, description: 'What the person calls the device.' })

/** What a session is for: a browser's ends after a week, a till's 90 days after it was last used. */
const sessionKinds = ['browser', 'till'] as const
/** Beside them the one that a PIN opens at a shared till. */
const shownKinds = [...sessionKinds, 'cashier'] as const

export const signUpInput = z.strictObject({
  name: name(100).meta({ personal: true }),
  email,
  password: newPassword,
  invitation: line(200).meta({ secret: true }).optional(),
})

export const signInInput = z.strictObject({
  email,
  password,
  kind: z.enum(sessionKinds).default('browser'),
  device_name: deviceName.optional(),
})

/** Either a session has begun, or the second factor is still to be shown, with the challenge. */
export const signedIn = z.discriminatedUnion('status', [
  z.object({ status: z.literal('signed_in'), user_id: id, session_id: id, expires_at: time }),
  z.object({
    status: z.literal('second_factor_required'),
    challenge: z.string().meta({ secret: true }),
    expires_at: time,
  }),
])

export const completeSignInInput = z.strictObject({
  challenge: z.string().min(1).max(200).meta({ secret: true }),
  code,
  trust_device: z.boolean().default(false).meta({ description: 'Ask for the password only, here, for 30 days.' }),
})

export const me = z.object({
  user_id: id,
  name: z.string().meta({ personal: true }),
  email: z.string().meta({ personal: true }),
  email_verified: z.boolean(),
  second_factor: z.boolean(),
  device_id: id.nullable().meta({
    description: 'The shared till at which they switched in by PIN, for what a till needs; null where they signed in.',
  }),
})

const device = {
  device_name: z.string().nullable().meta({ personal: true }),
  address: z.string().meta({ personal: true }),
  device: z.string().meta({ personal: true, description: 'The User-Agent it showed.' }),
  used_at: time,
  expires_at: time,
}

export const session = z.object({
  id,
  kind: z.enum(shownKinds),
  current: z.boolean(),
  signed_in_at: time,
  ...device,
})

export const trustedDevice = z.object({ id, trusted_at: time, ...device })

export const listInput = z.strictObject(pageInput)
export const byId = z.strictObject({ id })
export const ended = z.object({ count: z.int() })

export const passwordInput = z.strictObject({ password })
export const codeInput = z.strictObject({ code })
export const passwordAndCodeInput = z.strictObject({ password, code })

export const secondFactor = z.object({
  active: z.boolean(),
  active_since: time.nullable(),
  backup_codes_left: z.int(),
})
export const enrolment = z.object({
  secret: z.string().meta({ secret: true, description: 'In base32, to type into an authenticator app.' }),
  url: z.string().meta({ secret: true, description: 'otpauth address, to be shown as a QR code.' }),
})
export const backupCodes = z.object({ backup_codes: z.array(z.string()).meta({ secret: true }) })

export const changePasswordInput = z.strictObject({ current_password: password, new_password: newPassword })
export const requestResetInput = z.strictObject({ email })
export const resetPasswordInput = z.strictObject({ token, password: newPassword })
export const verifyEmailInput = z.strictObject({ token })

/** What the security log of a person tells of. */
export const securityEvents = [
  'signed_up',
  'sign_up_repeated',
  'signed_in',
  'sign_in_failed',
  'locked_out',
  'new_device',
  'signed_out',
  'session_revoked',
  'second_factor_asked',
  'second_factor_used',
  'second_factor_failed',
  'backup_code_used',
  'second_factor_enrolled',
  'second_factor_confirmed',
  'second_factor_disabled',
  'backup_codes_replaced',
  'trusted_device_added',
  'trusted_device_revoked',
  'password_check_failed',
  'password_changed',
  'password_reset_requested',
  'password_reset',
  'email_verification_requested',
  'email_verified',
] as const

/** What an audit entry about a person says happened. */
export const securityChange = z.object({ security_event: z.enum(securityEvents) })

export const securityEvent = z.object({
  event: z.enum(securityEvents),
  at: z.iso.datetime(),
  session_id: z.string().nullable(),
  address: z.string().nullable().meta({ personal: true, description: 'Null once it was forgotten.' }),
  device: z.string().nullable().meta({ personal: true }),
})
export const securityEventPage = page(securityEvent)
export const eventCursor = z.tuple([z.iso.datetime(), z.string().regex(/^\d{1,18}$/)])

export const wrongCredentials = refusal('wrong_credentials', 401, 'The e-mail address or the password is wrong')
export const wrongPassword = refusal('wrong_password', 422, 'The password is wrong')
export const wrongCode = refusal('wrong_code', 422, 'The code is wrong, was used already, or is too old')
export const lockedOut = refusal(
  'locked_out',
  429,
  'Too many attempts failed: wait, or set a new password by a link to your e-mail address',
)
export const signUpClosed = refusal('sign_up_closed', 403, 'Nobody may sign up on this server; ask its owner')
export const challengeInvalid = refusal('challenge_invalid', 422, 'Sign in again: this attempt is over')
export const linkInvalid = refusal('link_invalid', 422, 'This link was used, has expired, or never was one')
export const passwordRefused = refusal('password_refused', 422, 'This password is too easy to guess')
export const passwordReused = refusal('password_reused', 422, 'This is one of your last five passwords')
export const secondFactorActive = refusal('second_factor_active', 409, 'The second factor is active already')
export const secondFactorInactive = refusal('second_factor_inactive', 409, 'There is no second factor to do this with')
