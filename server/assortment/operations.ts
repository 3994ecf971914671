import { query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { type Settings, settingInvalid } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import * as contract from './contract.ts'
import {
  readCustomerChanges,
  readCustomersPage,
  readGoodsChanges,
  readGoodsPage,
  readStockChanges,
  readStockPage,
} from './keep.ts'
import { readGroundOf } from './read-ground.ts'

const { permissions, cursorOutdated } = contract

/** What a till keeps on its device to sell while the server is out of reach. */
export function assortmentOperations({ settings }: { settings: Settings }) {
  return [...goodsOperations(settings), ...stockOperations, ...customerOperations] as const
}

function goodsOperations(settings: Settings) {
  return [
    query({
      name: 'assortment.get-ground',
      route: 'GET /v1/assortment/ground',
      summary: 'The small lists a till of a branch sells with: place, taxes, tenders, units, price lists, settings.',
      permission: permissions.keepGoods,
      reach: 'branch',
      input: contract.groundInput,
      output: contract.ground,
      refusals: [branchNotFound, settingInvalid],
      handle: (context, { branch_id }) => readGroundOf(context, settings, branch_id),
    }),
    query({
      name: 'assortment.list-goods',
      route: 'GET /v1/assortment/goods',
      summary: 'All goods as they are sold in a branch, with codes, packs, parts and prices.',
      permission: permissions.keepGoods,
      reach: 'branch',
      input: contract.listGoodsInput,
      output: contract.keptPage(contract.keptGoods),
      refusals: [branchNotFound],
      handle: readGoodsPage,
    }),
    query({
      name: 'assortment.list-goods-changes',
      route: 'GET /v1/assortment/goods-changes',
      summary: 'The goods that were changed since, and what is no longer there.',
      permission: permissions.keepGoods,
      reach: 'branch',
      input: contract.listGoodsChangesInput,
      output: contract.goodsChanges,
      refusals: [branchNotFound, platformRefusals.invalidCursor, cursorOutdated],
      handle: readGoodsChanges,
    }),
  ] as const
}

const stockOperations = [
  query({
    name: 'assortment.list-stock',
    route: 'GET /v1/assortment/stock',
    summary: 'What lies in a branch, in which batch.',
    permission: permissions.keepGoods,
    reach: 'branch',
    input: contract.listGoodsInput,
    output: contract.keptPage(contract.keptStock),
    refusals: [branchNotFound],
    handle: readStockPage,
  }),
  query({
    name: 'assortment.list-stock-changes',
    route: 'GET /v1/assortment/stock-changes',
    summary: 'What lies in a branch of whatever moved since.',
    permission: permissions.keepGoods,
    reach: 'branch',
    input: contract.listGoodsChangesInput,
    output: contract.keptChanges(contract.keptStock),
    refusals: [branchNotFound, platformRefusals.invalidCursor, cursorOutdated],
    handle: readStockChanges,
  }),
] as const

const customerOperations = [
  query({
    name: 'assortment.list-customers',
    route: 'GET /v1/assortment/customers',
    summary: 'All customers, as a till finds them.',
    permission: permissions.keepCustomers,
    reach: 'any',
    input: contract.listCustomersInput,
    output: contract.keptPage(contract.keptCustomer),
    handle: readCustomersPage,
  }),
  query({
    name: 'assortment.list-customer-changes',
    route: 'GET /v1/assortment/customer-changes',
    summary: 'The customers that were changed since, and who is none any more.',
    permission: permissions.keepCustomers,
    reach: 'any',
    input: contract.listCustomerChangesInput,
    output: contract.keptChanges(contract.keptCustomer),
    refusals: [platformRefusals.invalidCursor, cursorOutdated],
    handle: readCustomerChanges,
  }),
] as const
