import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'

export const countryItem = z.object({
  code: z.string(),
  alpha_3: z.string(),
  number: z.string(),
  name: z.string(),
  currency: z.string().nullable().meta({ description: 'What most is paid in there.' }),
  region: z.string(),
  eu_since: z.iso.date().nullable().meta({ description: 'The day it joined the European Union.' }),
  eu_until: z.iso.date().nullable().meta({ description: 'The day it left the European Union.' }),
})
export const currencyItem = z.object({
  code: z.string(),
  number: z.string().nullable(),
  name: z.string(),
  symbol: z.string(),
  minor_unit: z.int(),
  withdrawn_on: z.iso.date().nullable().meta({ description: 'From this day nothing new is kept in it.' }),
  cash_step: z.string().nullable().meta({ description: 'What is paid in cash is rounded to this; null: to nothing.' }),
})

export const unknownCountry = refusal('unknown_country', 422, 'ISO 3166-1 has no such country')
export const unknownCurrency = refusal('unknown_currency', 422, 'ISO 4217 has no such currency to pay in')
