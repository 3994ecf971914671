import { z } from 'zod'
import type { Transaction } from '../platform/database.ts'
import { query } from '../platform/operation.ts'
import { referenceLoader } from '../platform/reference.ts'
import { refuse } from '../platform/refusal.ts'
import { countryItem, currencyItem, unknownCountry, unknownCurrency } from './contract.ts'
import {
  findCurrency,
  hasCountry,
  listCountries,
  listCurrencies,
  upsertCountries,
  upsertCurrencies,
} from './reference-queries.ts'

const code = (letters: number) => z.string().regex(new RegExp(`^[A-Z]{${letters}}$`))
const digits = z.string().regex(/^\d{3}$/)
const text = z.string().min(1)
const orNull = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal('').transform(() => null), schema]) as z.ZodType<z.output<T> | null>

/** The files of reference data that legal entities need, in the order in which they name one another. */
export const placeReference = [
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

const nothing = z.strictObject({})

/** Countries and currencies. */
export const referenceOperations = [
  query({
    name: 'tenants.list-countries',
    route: 'GET /v1/countries',
    summary: 'The countries of ISO 3166-1.',
    permission: null,
    reach: 'any',
    input: nothing,
    output: z.object({ items: z.array(countryItem) }),
    handle: async (context) => ({ items: await listCountries(context) }),
  }),
  query({
    name: 'tenants.list-currencies',
    route: 'GET /v1/currencies',
    summary: 'The currencies of ISO 4217 that something is paid in, and withdrawn ones that old rates name.',
    permission: null,
    reach: 'any',
    input: nothing,
    output: z.object({ items: z.array(currencyItem) }),
    handle: async (context) => ({ items: await listCurrencies(context) }),
  }),
] as const

/** Refuses a currency that nothing new may be kept in: `unknown_currency`. `now` tells what was withdrawn. */
export async function assertCurrency(scope: Pick<Transaction, 'db'> & { now: Date }, currency: string): Promise<void> {
  const found = (await findCurrency(scope, currency)) ?? refuse(unknownCurrency)
  const today = scope.now.toISOString().slice(0, 10)
  if (found.withdrawn_on !== null && found.withdrawn_on <= today)
    refuse(unknownCurrency, `${found.name} was withdrawn on ${found.withdrawn_on}`)
}

/** Refuses a place where no legal entity can be, or a currency it cannot keep books in. */
export async function assertPlace(
  scope: Parameters<typeof assertCurrency>[0],
  { country, currency }: { country: string; currency: string },
): Promise<void> {
  if (!(await hasCountry(scope, country))) refuse(unknownCountry)
  await assertCurrency(scope, currency)
}
