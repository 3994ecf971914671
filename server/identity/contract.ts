import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, name, time } from '../platform/schema.ts'

const email = z.email().max(254).toLowerCase().meta({ personal: true, description: 'E-mail address.' })
const password = z
  .string()
  .min(12)
  .max(128)
  .refine((text) => text.isWellFormed(), { error: 'must be well-formed Unicode' })
  .meta({ secret: true, description: 'At least 12 characters.' })

const invitation = z
  .string()
  .min(1)
  .max(200)
  .meta({ secret: true, description: 'The token of an invitation to this address; needed where sign-up is closed.' })
export const signUpInput = z.strictObject({
  name: name(100).meta({ personal: true }),
  email,
  password,
  invitation: invitation.optional(),
})

/** Any password is taken here: a wrong one and an impossible one get the same answer. */
export const signInInput = z.strictObject({ email, password: z.string().min(1).max(1_000).meta({ secret: true }) })

export const signedIn = z.object({ user_id: id, expires_at: time })

export const me = z.object({
  user_id: id,
  name: z.string().meta({ personal: true }),
  email: z.string().meta({ personal: true }),
})

export const wrongCredentials = refusal('wrong_credentials', 401, 'The e-mail address or the password is wrong')
export const signUpClosed = refusal('sign_up_closed', 403, 'Nobody may sign up on this server; ask its owner')
