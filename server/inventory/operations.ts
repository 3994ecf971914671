import { quantityRefusals, variantNotFound } from '../catalog/index.ts'
import { command, query } from '../platform/operation.ts'
import { page } from '../platform/schema.ts'
import { branchNotFound } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { adjustStock, returnStock, writeOffStock } from './correct-stock.ts'
import { readLevels, readMovements, readPosting } from './read-stock.ts'
import { receiveStock } from './receive-stock.ts'
import { stockRefusals } from './stock-refusals.ts'

const { permissions } = contract

const readOperations = [
  query({
    name: 'inventory.list-levels',
    route: 'GET /v1/stock-levels',
    summary: 'What lies where, by branch, variant and batch.',
    permission: permissions.viewStock,
    reach: 'branch',
    input: contract.listLevelsInput,
    output: page(contract.level),
    refusals: [branchNotFound, variantNotFound, contract.batchNotFound],
    handle: readLevels,
  }),
  query({
    name: 'inventory.list-movements',
    route: 'GET /v1/stock-movements',
    summary: 'What came and went, the latest first, with what lay there before and after.',
    permission: permissions.viewStock,
    reach: 'branch',
    input: contract.listMovementsInput,
    output: page(contract.movement),
    refusals: [branchNotFound, variantNotFound, contract.batchNotFound],
    handle: readMovements,
  }),
  query({
    name: 'inventory.get-posting',
    route: 'GET /v1/stock-postings/:id',
    summary: 'Movements that were recorded together, and the document they stand for.',
    permission: permissions.viewStock,
    reach: 'branch',
    input: contract.byId,
    output: contract.posting,
    handle: (context, { id }) => readPosting(context, id),
  }),
] as const

const postOperations = [
  command({
    name: 'inventory.receive-stock',
    route: 'POST /v1/stock-receipts',
    summary: 'Take goods in, into batches and at what they cost.',
    permission: permissions.receiveStock,
    reach: 'branch',
    input: contract.receiveStockInput,
    output: contract.posting,
    refusals: [
      ...stockRefusals,
      ...quantityRefusals,
      contract.supplierNotFound,
      contract.batchRequired,
      contract.expiryRequired,
      contract.expiryBeforeManufacture,
      contract.batchNotMade,
      contract.batchDiffers,
    ],
    handle: receiveStock,
  }),
  command({
    name: 'inventory.adjust-stock',
    route: 'POST /v1/stock-adjustments',
    summary: 'Put right what stock is said to be, for a reason.',
    permission: permissions.adjustStock,
    reach: 'branch',
    severity: 'notice',
    input: contract.adjustStockInput,
    output: contract.posting,
    refusals: [...stockRefusals, ...quantityRefusals, contract.batchRequired],
    handle: adjustStock,
  }),
  command({
    name: 'inventory.write-off-stock',
    route: 'POST /v1/stock-write-offs',
    summary: 'Take out of stock what cannot be sold any more, or was not, for a reason.',
    permission: permissions.writeOffStock,
    reach: 'branch',
    severity: 'notice',
    input: contract.writeOffStockInput,
    output: contract.posting,
    refusals: [...stockRefusals, ...quantityRefusals],
    handle: writeOffStock,
  }),
  command({
    name: 'inventory.return-stock',
    route: 'POST /v1/supplier-returns',
    summary: 'Send goods back to their supplier.',
    permission: permissions.returnStock,
    reach: 'branch',
    input: contract.returnStockInput,
    output: contract.posting,
    refusals: [...stockRefusals, ...quantityRefusals, contract.supplierNotFound],
    handle: returnStock,
  }),
] as const

/** What lies where, what came and went, and the documents of stock alone. */
export const inventoryOperations = [...readOperations, ...postOperations] as const
