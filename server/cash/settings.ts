import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

const decimal = z.string().regex(/^(0|[1-9]\d{0,8})(\.\d{1,4})?$/)

/** Up to which variance a session closes by itself. */
export const varianceThresholdSetting = defineSetting({
  name: 'cash.variance-threshold',
  type: decimal
    .nullable()
    .meta({ description: 'an amount as a text such as "50.00", or null for the threshold of the tenant' }),
  default: null,
  help: 'A session whose variance is not above this closes once it is counted; beyond it somebody else approves. In the currency of the legal entity.',
  scopes: ['tenant', 'branch'],
})

/** Whether those who count see what is expected. */
export const blindCountSetting = defineSetting({
  name: 'cash.blind-count',
  type: z.boolean(),
  default: false,
  help: 'Whoever counts a session that is opened from now on does not see what is expected.',
  scopes: ['tenant', 'branch'],
})
