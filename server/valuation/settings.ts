import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** The currency in which stock of several legal entities is shown together. */
export const baseCurrencySetting = defineSetting({
  name: 'valuation.base-currency',
  type: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullable()
    .meta({
      description: 'An ISO 4217 code such as MAD, or null for that of the legal entities, where they have one.',
    }),
  default: null,
  help: 'The currency in which the stock of legal entities with different ones is shown together.',
  scopes: ['tenant'],
})
