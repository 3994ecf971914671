import { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import { query } from '../platform/operation.ts'
import { countryItem, currencyItem } from './contract.ts'
import { listCountries, listCurrencies } from './queries.ts'

const nothing = z.strictObject({})

/** Countries and currencies. */
export const referenceOperations = [
  query({
    name: 'reference.list-countries',
    route: 'GET /v1/countries',
    summary: 'The countries of ISO 3166-1.',
    permission: null,
    reach: 'any',
    forCashiers: true,
    input: nothing,
    output: z.object({ items: z.array(countryItem) }),
    handle: async (context) => ({ items: await listCountries(context) }),
  }),
  query({
    name: 'reference.list-currencies',
    route: 'GET /v1/currencies',
    summary: 'The currencies of ISO 4217 that something is paid in, and withdrawn ones that old rates name.',
    permission: null,
    reach: 'any',
    forCashiers: true,
    input: nothing,
    output: z.object({ items: z.array(currencyItem) }),
    async handle(context) {
      const rows = await listCurrencies(context)
      const stepOf = (step: string | null) => (step === null ? null : toText(money(step)))
      return { items: rows.map((row) => ({ ...row, cash_step: stepOf(row.cash_step) })) }
    },
  }),
] as const
