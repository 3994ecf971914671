import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { amount, currencyCode, day, id, line, pageInput, time } from '../platform/schema.ts'
import { settingInvalid } from '../settings/index.ts'

export const permissions = { viewRates: 'fx.view-rates', recordRates: 'fx.record-rates' } as const

/** A quoted rate: above zero, at most 12 digits before the point and 12 after it, as numeric(24,12). */
export const quotedRate = z.string().regex(/^(?!0(\.0+)?$)(0|[1-9]\d{0,11})(\.\d{1,12})?$/, {
  error: 'must be a decimal string above zero with at most 12 digits and 12 decimals',
})

const maxAge = z.int().min(0).max(366).optional().meta({
  description:
    'How many days before the day asked for a quote may be at most, weekends and holidays have none; as the setting fx.max-age-days says unless given.',
})

const origin = z.enum(['own', 'public'])

export const rate = z.object({
  base: z.string(),
  quote: z.string().meta({ description: 'One `base` is worth `rate` of this.' }),
  quoted_on: z.iso.date(),
  revision: z.int().meta({ description: 'The highest one of a pair and day holds, whichever way round it is quoted.' }),
  rate: z.string(),
  source: z.string(),
  recorded_at: time,
})
export const listRatesInput = z.strictObject({
  origin: origin.default('own').meta({ description: 'Those that your business entered, or those of public sources.' }),
  base: currencyCode.optional(),
  quote: currencyCode.optional(),
  from: day.optional(),
  until: day.optional(),
  ...pageInput,
})

export const ownRate = rate.extend({ id, actor_id: id.nullable() })
export const recordRatesInput = z.strictObject({
  source: line(100).default('entered by hand').meta({ description: 'Where they are from, e.g. Bank Al-Maghrib.' }),
  rates: z
    .array(z.strictObject({ base: currencyCode, quote: currencyCode, quoted_on: day, rate: quotedRate }))
    .min(1)
    .max(1_000),
})
export const recordedRates = z.object({ items: z.array(ownRate) })

export const getRateInput = z.strictObject({ from: currencyCode, to: currencyCode, on: day, max_age_days: maxAge })
const resolved = {
  from: z.string(),
  to: z.string(),
  on: z.iso.date(),
  rate: z.string().meta({ description: 'One `from` is worth this much of `to`, with at most 18 decimals.' }),
  quoted_on: z.iso.date().meta({ description: 'The day of the oldest quote in the path.' }),
  path: z
    .array(
      z.object({
        base: z.string(),
        quote: z.string(),
        rate: z.string(),
        quoted_on: z.iso.date(),
        source: z.string(),
        origin,
        inverse: z.boolean().meta({ description: 'True where the quote was divided by.' }),
      }),
    )
    .meta({ description: 'The quotes it was made of, one after the other.' }),
}
export const resolvedRate = z.object(resolved)
export const convertInput = getRateInput.extend({ amount })
export const conversion = z.object({
  ...resolved,
  amount: z.string(),
  converted: z
    .string()
    .meta({ description: 'Rounded to the minor unit of `to`, halves away from zero, with its decimals.' }),
})

export const rateOfOneCurrency = refusal('rate_of_one_currency', 422, 'A rate is between two currencies')
export const rateGivenTwice = refusal('rate_given_twice', 422, 'Two rates are given for one pair and day')
export const rateDayInFuture = refusal('rate_day_in_future', 422, 'A rate is for a day up to tomorrow')
export const rateNotFound = refusal('rate_not_found', 422, 'No quotes lead from one currency to the other')
export const rateTooOld = refusal('rate_too_old', 422, 'The newest quotes before this day are too old')
export const rateOutOfRange = refusal('rate_out_of_range', 422, 'The rate is too large or too small to compute with')

/** What may be wrong when a rate is asked for. */
export const rateRefusals = [rateNotFound, rateTooOld, rateOutOfRange, settingInvalid] as const
