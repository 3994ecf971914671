import { categoryNotFound, variantNotFound } from '../catalog/index.ts'
import { query } from '../platform/operation.ts'
import { page } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import { type Settings, settingInvalid } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { listStockValues, listTotals } from './value-stock.ts'

const refusals = [branchNotFound, contract.valueDayInFuture, unknownCurrency, settingInvalid]

/** What stock is worth, on any day. */
export function valuationOperations({ settings }: { settings: Settings }) {
  return [
    query({
      name: 'valuation.list-stock-values',
      route: 'GET /v1/stock-values',
      summary:
        'What stock was worth at the end of a day, by branch and variant, in the currency of the books and in the base currency. A page may hold fewer than asked for; go on until there is no next one.',
      permission: contract.permissions.viewValues,
      reach: 'branch',
      input: contract.listStockValuesInput,
      output: page(contract.stockValue),
      refusals: [...refusals, variantNotFound, categoryNotFound],
      handle: (context, input) => listStockValues(context, settings, input),
    }),
    query({
      name: 'valuation.list-totals',
      route: 'GET /v1/stock-value-totals',
      summary: 'What stock was worth together at the end of a day, by branch, legal entity or category, and currency.',
      permission: contract.permissions.viewValues,
      reach: 'branch',
      input: contract.listTotalsInput,
      output: page(contract.totalValue),
      refusals,
      handle: (context, input) => listTotals(context, settings, input),
    }),
  ] as const
}
