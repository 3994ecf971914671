import { z } from 'zod'
import { quantityRefusals, variantNotFound } from '../catalog/index.ts'
import { channelNotFound } from '../channels/index.ts'
import { groupNotFound } from '../parties/index.ts'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import * as contract from './contract.ts'
import { getPrice } from './get-price.ts'
import { createPriceList, deletePriceList, readPriceList, renamePriceList } from './price-lists.ts'
import { asPrice, changePrice, createPrice, endPrice, readPrices, withdraw } from './prices.ts'
import { findPrice, listPriceLists } from './queries.ts'

const { permissions } = contract
// Prices are for quantities in the unit of the product.
const uncountable = quantityRefusals.filter(({ code }) => code !== 'pack_not_found' && code !== 'unit_mismatch')

const listOperations = [
  query({
    name: 'pricing.list-price-lists',
    route: 'GET /v1/price-lists',
    summary: 'Price lists by code.',
    permission: permissions.viewPrices,
    reach: 'branch',
    input: contract.listInput,
    output: page(contract.priceList),
    async handle(context, { limit, cursor }) {
      const after = readCursor(cursor, z.tuple([z.string().max(40), z.uuid()]))
      return toPage(await listPriceLists(context, limit, after), limit, (row) => [row.code, row.id])
    },
  }),
  query({
    name: 'pricing.get-price-list',
    route: 'GET /v1/price-lists/:id',
    summary: 'One price list.',
    permission: permissions.viewPrices,
    reach: 'branch',
    input: contract.byId,
    output: contract.priceList,
    handle: (context, { id }) => readPriceList(context, id),
  }),
  command({
    name: 'pricing.create-price-list',
    route: 'POST /v1/price-lists',
    summary: 'Make a price list, for a branch, a sales channel and a customer group, or for all of them.',
    permission: permissions.managePrices,
    reach: 'branch',
    input: contract.createPriceListInput,
    output: contract.priceList,
    refusals: [
      contract.branchNotFound,
      channelNotFound,
      groupNotFound,
      unknownCurrency,
      contract.priceListCodeTaken,
      contract.priceListPlaceTaken,
      platformRefusals.alreadyExists,
    ],
    handle: createPriceList,
  }),
  command({
    name: 'pricing.update-price-list',
    route: 'PATCH /v1/price-lists/:id',
    summary: 'Rename a price list. What it is for stays.',
    permission: permissions.managePrices,
    reach: 'branch',
    input: contract.updatePriceListInput,
    output: contract.priceList,
    refusals: [contract.priceListEnded],
    handle: renamePriceList,
  }),
  command({
    name: 'pricing.delete-price-list',
    route: 'DELETE /v1/price-lists/:id',
    summary: 'End a price list: from today on none of its prices counts. What counted before stays to be read.',
    permission: permissions.managePrices,
    reach: 'branch',
    input: contract.endInput,
    output: contract.priceList,
    refusals: [contract.priceListEnded],
    handle: deletePriceList,
  }),
] as const

/** Price lists, their prices, and the price that counts. */
export const pricingOperations = [
  ...listOperations,
  query({
    name: 'pricing.list-prices',
    route: 'GET /v1/prices',
    summary: 'The prices on a list, or of a variant on all lists.',
    permission: permissions.viewPrices,
    reach: 'branch',
    input: contract.listPricesInput,
    output: page(contract.price),
    refusals: [contract.priceListNotFound, variantNotFound],
    handle: readPrices,
  }),
  query({
    name: 'pricing.get-price',
    route: 'GET /v1/price',
    summary: 'What a variant costs at a branch, through a channel, for a group of customers, for a quantity, on a day.',
    permission: permissions.viewPrices,
    reach: 'branch',
    input: contract.getPriceInput,
    output: contract.foundPrice,
    refusals: [
      contract.branchNotFound,
      variantNotFound,
      ...uncountable,
      channelNotFound,
      groupNotFound,
      contract.currencyNeeded,
      contract.priceUnknown,
    ],
    handle: getPrice,
  }),
  query({
    name: 'pricing.get-price-entry',
    route: 'GET /v1/prices/:id',
    summary: 'One price of a list.',
    permission: permissions.viewPrices,
    reach: 'branch',
    input: contract.byId,
    output: contract.price,
    async handle(context, { id }) {
      const found = (await findPrice(context, id)) ?? refuse(platformRefusals.notFound)
      await readPriceList(context, found.price_list_id)
      return asPrice(found)
    },
  }),
  command({
    name: 'pricing.create-price',
    route: 'POST /v1/prices',
    summary: 'Make a price from today or later on; it may replace the one in force.',
    permission: permissions.managePrices,
    reach: 'branch',
    input: contract.createPriceInput,
    output: contract.price,
    refusals: [
      contract.priceListNotFound,
      contract.priceListEnded,
      variantNotFound,
      ...uncountable,
      contract.pricePeriodCrossed,
      contract.pricePastRewritten,
      contract.overlappingPrices,
      platformRefusals.alreadyExists,
    ],
    handle: createPrice,
  }),
  command({
    name: 'pricing.update-price',
    route: 'PATCH /v1/prices/:id',
    summary: 'Change a price that has not begun.',
    permission: permissions.managePrices,
    reach: 'branch',
    input: contract.updatePriceInput,
    output: contract.price,
    refusals: [
      contract.priceListEnded,
      variantNotFound,
      ...uncountable,
      contract.priceBegun,
      contract.priceWithdrawn,
      contract.pricePeriodCrossed,
      contract.pricePastRewritten,
      contract.overlappingPrices,
    ],
    handle: changePrice,
  }),
  command({
    name: 'pricing.end-price',
    route: 'POST /v1/prices/:id/end',
    summary: 'End a price, yesterday at the earliest.',
    permission: permissions.managePrices,
    reach: 'branch',
    input: contract.endPriceInput,
    output: contract.price,
    refusals: [
      contract.priceListEnded,
      contract.pricePeriodCrossed,
      contract.pricePastRewritten,
      contract.priceWithdrawn,
    ],
    handle: endPrice,
  }),
  command({
    name: 'pricing.withdraw-price',
    route: 'POST /v1/prices/:id/withdraw',
    summary: 'Take a price back that begins today or later. It stays to be read.',
    permission: permissions.managePrices,
    reach: 'branch',
    input: contract.endInput,
    output: contract.price,
    refusals: [contract.priceListEnded, contract.priceBegun, contract.priceWithdrawn],
    handle: withdraw,
  }),
] as const
