import { z } from 'zod'
import { referenceLoader } from '../reference/index.ts'
import { jurisdictionCode, kinds } from './contract.ts'
import { replaceReferenceRates, upsertJurisdictions } from './reference-queries.ts'

const text = z.string().min(1)
const flag = z.enum(['true', 'false']).transform((given) => given === 'true')
const empty = z.literal('').transform(() => null)

/** The files of jurisdictions and rates, the places before their rates. */
export const taxReference = [
  referenceLoader({
    name: 'tax jurisdictions',
    file: 'tax-jurisdictions.csv',
    row: z.strictObject({
      code: jurisdictionCode,
      name: text,
      kind: z.enum(kinds),
      parent_code: z.union([empty, jurisdictionCode]),
      adds_to_parent: flag,
      needs_inner_place: flag,
      rounding: z.enum(['line', 'document']),
      rounding_mode: z.enum(['half_up', 'half_even', 'down', 'up']),
      rounding_of: z.enum(['each', 'combined']),
      prices_include_tax: flag,
      rule_source: text,
    }),
    load: upsertJurisdictions,
  }),
  referenceLoader({
    name: 'tax rates',
    file: 'tax-rates.csv',
    row: z.strictObject({
      jurisdiction_code: jurisdictionCode,
      name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
      tax: text,
      rate: z.string().regex(/^(100|\d{1,2}(\.\d{1,6})?)$/),
      valid_from: z.iso.date(),
      valid_until: z.union([empty, z.iso.date()]),
      source: text,
      note: z.string(),
    }),
    load: replaceReferenceRates,
  }),
] as const
