import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

const decimal = z.string().regex(/^(0|[1-9]\d{0,8})(\.\d{1,4})?$/)
const scopes = ['tenant', 'branch'] as const

/** How far a line may be from the books before it is counted again, in percent of what they say. */
export const tolerancePercentSetting = defineSetting({
  name: 'counts.tolerance-percent',
  type: decimal.nullable().meta({ description: 'a percentage as a text such as "2.5", or null for no limit' }),
  default: null,
  help: 'A counted line that differs from the books by more than so many percent is counted again before approval.',
  scopes: [...scopes],
})

/** The same, by what the difference is worth. */
export const toleranceValueSetting = defineSetting({
  name: 'counts.tolerance-value',
  type: decimal.nullable().meta({ description: 'an amount as a text such as "50.00", or null for no limit' }),
  default: null,
  help: 'A counted line that differs from the books by more than this value is counted again before approval; in the currency of the legal entity.',
  scopes: [...scopes],
})

/** For how long a count freezes stock. */
export const freezeHoursSetting = defineSetting({
  name: 'counts.freeze-hours',
  type: z.int().min(1).max(168),
  default: 24,
  help: 'After so many hours stock moves again that a count has frozen and nobody approved.',
  scopes: [...scopes],
})
