import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { day, page, readCursor, toPage } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import * as contract from './contract.ts'
import { listOwnRates, listPublicRates } from './queries.ts'
import { convertAmount, enterRates, getRate } from './rates.ts'

const { permissions } = contract

/** Quoted rates, and what is computed from them. */
export function fxOperations({ settings }: { settings: Settings }) {
  return [...quotedRates, ...computedRates(settings)] as const
}

const quotedRates = [
  query({
    name: 'fx.list-rates',
    route: 'GET /v1/rates',
    summary: 'Quoted rates by pair and day, superseded ones included.',
    permission: permissions.viewRates,
    reach: 'any',
    input: contract.listRatesInput,
    output: page(contract.rate),
    async handle(context, input) {
      const after = readCursor(input.cursor, z.tuple([z.string(), z.string(), day, z.int32()]))
      const list = input.origin === 'own' ? listOwnRates : listPublicRates
      const rows = await list(context, input, after)
      return toPage(rows, input.limit, (row) => [row.base, row.quote, row.quoted_on, row.revision])
    },
  }),
  command({
    name: 'fx.record-rates',
    route: 'POST /v1/rates',
    summary: 'Enter rates by hand; one for a pair and day that has one supersedes it. Yours go before public ones.',
    permission: permissions.recordRates,
    reach: 'tenant',
    input: contract.recordRatesInput,
    output: contract.recordedRates,
    refusals: [contract.rateOfOneCurrency, contract.rateDayInFuture, contract.rateGivenTwice, unknownCurrency],
    handle: enterRates,
  }),
] as const

function computedRates(settings: Settings) {
  return [
    query({
      name: 'fx.get-rate',
      route: 'GET /v1/exchange-rate',
      summary:
        'The rate between two currencies on a day: quoted, inverse or through others, and the quotes it is made of.',
      permission: permissions.viewRates,
      reach: 'any',
      input: contract.getRateInput,
      output: contract.resolvedRate,
      refusals: [unknownCurrency, ...contract.rateRefusals],
      handle: (context, input) => getRate(context, settings, input),
    }),
    query({
      name: 'fx.convert-amount',
      route: 'GET /v1/conversion',
      summary: 'An amount in another currency at the rate of a day.',
      permission: permissions.viewRates,
      reach: 'any',
      input: contract.convertInput,
      output: contract.conversion,
      refusals: [unknownCurrency, ...contract.rateRefusals],
      handle: (context, input) => convertAmount(context, settings, input),
    }),
  ] as const
}
