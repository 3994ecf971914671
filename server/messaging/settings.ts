import { z } from 'zod'
import { isSender, isSmtpUrl } from '../platform/config.ts'
import { defineSetting } from '../settings/index.ts'

/** The mail server. `SMTP_URL` in the environment goes before it. */
export const smtpUrlSetting = defineSetting({
  name: 'messaging.smtp-url',
  type: z
    .string()
    .max(1_000)
    .refine(isSmtpUrl)
    .nullable()
    .meta({ description: 'smtp://user:password@host:587, smtps://host:465, or null for none' }),
  default: null,
  help: 'The mail server through which mails leave; SMTP_URL goes before it.',
  scopes: ['platform'],
  secret: true,
  requiresRestart: true,
})

/** The sender of mails. `MAIL_FROM` in the environment goes before it. */
export const fromSetting = defineSetting({
  name: 'messaging.from',
  type: z
    .string()
    .max(400)
    .refine(isSender)
    .nullable()
    .meta({ description: 'Shop <shop@example.org>, shop@example.org, or null for no-reply at the host of PUBLIC_URL' }),
  default: null,
  help: 'The sender of mails; MAIL_FROM goes before it.',
  scopes: ['platform'],
  personal: true,
})

/** Where answers to the mails of a tenant or a branch go. */
export const replyToSetting = defineSetting({
  name: 'messaging.reply-to',
  type: z.email().max(254).nullable().meta({ description: 'an e-mail address, or null for none' }),
  default: null,
  help: 'Where answers to mails go, such as those that invite employees.',
  scopes: ['platform', 'tenant', 'branch'],
  personal: true,
})
