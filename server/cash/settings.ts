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
  help: 'A session that is opened from now on closes once it is counted when its variance is not above this; beyond it somebody else approves. In the currency of the legal entity of the branch: where your branches have different ones, set it for each branch, for one number is not the same in all of them.',
  scopes: ['tenant', 'branch'],
})

/** What whoever opened a session may pay out of it. */
export const payOutLimitSetting = defineSetting({
  name: 'cash.pay-out-limit',
  type: decimal
    .nullable()
    .meta({ description: 'an amount as a text such as "200.00", or null for as much as the variance threshold' }),
  default: null,
  help: 'The most that whoever opened a session pays out of it in all, beside what goes into the safe; beyond it somebody else does who manages sessions. In the currency of the legal entity of the branch; holds for sessions that are opened from now on.',
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
