import { z } from 'zod'
import type { RoundingMode } from '../platform/money.ts'
import { defineSetting } from '../settings/index.ts'

/** What cash is rounded to, where it is not what is usual for the currency. */
export const cashStepSetting = defineSetting({
  name: 'payments.cash-step',
  type: z
    .string()
    .regex(/^(0|[1-9]\d{0,3})(\.\d{1,4})?$/)
    .nullable()
    .meta({ description: 'an amount as a text such as "0.05", "0" for no rounding, or null for what is usual' }),
  default: null,
  help: 'What is paid in cash is rounded to a multiple of this amount; null stands for what is usual for the currency.',
  scopes: ['tenant', 'branch'],
})

/** Which way cash is rounded. */
export const cashRoundingModeSetting = defineSetting<RoundingMode>({
  name: 'payments.cash-rounding-mode',
  type: z.enum(['half_up', 'half_even', 'down', 'up']),
  default: 'half_up',
  help: 'Which way cash is rounded: half_up to the nearest, down in favour of the customer, up in favour of the shop.',
  scopes: ['tenant', 'branch'],
})

/** How long a provider may take. */
export const providerTimeoutSetting = defineSetting({
  name: 'payments.provider-timeout-seconds',
  type: z.int().min(1).max(50),
  default: 30,
  help: 'A provider of payments that does not answer within so many seconds is asked later what became of it.',
  scopes: ['tenant', 'branch'],
})
