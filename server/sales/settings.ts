import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

const percent = z.number().min(0).max(100).meta({ description: 'a number from 0 to 100' })

/** How much whoever may discount takes off by themselves. */
export const discountLimitSetting = defineSetting({
  name: 'sales.discount-limit-percent',
  type: percent,
  default: 10,
  help: 'The most percent that discounts take off a line without the permission for any discount.',
  scopes: ['tenant', 'branch'],
})

/** How far whoever may change prices goes from the list price. */
export const overrideLimitSetting = defineSetting({
  name: 'sales.override-limit-percent',
  type: percent,
  default: 10,
  help: 'How many percent a price is changed by at most without the permission for any price.',
  scopes: ['tenant', 'branch'],
})

/** How wrong the clock of a till may be. */
export const clockToleranceSetting = defineSetting({
  name: 'sales.clock-tolerance-minutes',
  type: z.int().min(1).max(1_440),
  default: 15,
  help: 'How many minutes the time that a till says may be away from that of the server.',
  scopes: ['tenant', 'branch'],
})
