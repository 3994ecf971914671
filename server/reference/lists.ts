import { z } from 'zod'
import { referenceLoader } from './load-reference.ts'
import { upsertCountries, upsertCurrencies } from './queries.ts'

const code = (letters: number) => z.string().regex(new RegExp(`^[A-Z]{${letters}}$`))
const digits = z.string().regex(/^\d{3}$/)
const text = z.string().min(1)
const orNull = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal('').transform(() => null), schema]) as z.ZodType<z.output<T> | null>

/** The files of currencies and countries, in the order in which they name one another. */
export const countryLists = [
  referenceLoader({
    name: 'currencies',
    file: 'currencies.csv',
    row: z.strictObject({
      code: code(3),
      number: orNull(digits),
      name: text,
      symbol: text,
      minor_unit: z
        .string()
        .regex(/^[0-4]$/)
        .pipe(z.coerce.number()),
      withdrawn_on: orNull(z.iso.date()),
      cash_step: orNull(z.string().regex(/^(0|[1-9]\d{0,3})(\.\d{1,4})?$/)),
      cash_step_source: orNull(text),
    }),
    load: upsertCurrencies,
  }),
  referenceLoader({
    name: 'countries',
    file: 'countries.csv',
    row: z.strictObject({
      code: code(2),
      alpha_3: code(3),
      number: digits,
      name: text,
      currency: orNull(code(3)),
      region: text,
      eu_since: orNull(z.iso.date()),
      eu_until: orNull(z.iso.date()),
    }),
    load: upsertCountries,
  }),
] as const
