import { command, query } from '../platform/operation.ts'
import { page } from '../platform/schema.ts'
import { branchNotFound } from '../tenants/index.ts'
import { printReceipt, receiptOf } from './print-receipt.ts'
import * as contract from './read-contract.ts'
import { readSales, saleInFullOf } from './read-sales.ts'

const { permissions } = contract

/** Reading what was sold, and printing its receipts. */
export const saleReads = [
  query({
    name: 'sales.list-sales',
    route: 'GET /v1/sales',
    summary: 'Sales, refunds and exchanges, the latest first.',
    permission: permissions.viewSales,
    reach: 'branch',
    input: contract.listSalesInput,
    output: page(contract.saleItem),
    refusals: [branchNotFound],
    handle: readSales,
  }),
  query({
    name: 'sales.get-sale',
    route: 'GET /v1/sales/:id',
    summary: 'One sale: its lines, payments, taxes, cost and profit, and what came back of it.',
    permission: permissions.viewSales,
    reach: 'branch',
    input: contract.byId,
    output: contract.saleInFull,
    handle: (context, { id }) => saleInFullOf(context, id),
  }),
  query({
    name: 'sales.get-receipt',
    route: 'GET /v1/sales/:id/receipt',
    summary: 'The receipt of a sale as values. Nothing is printed, and nothing counted.',
    permission: permissions.viewSales,
    reach: 'branch',
    input: contract.byId,
    output: contract.receiptTold,
    handle: (context, { id }) => receiptOf(context, id),
  }),
  command({
    name: 'sales.print-receipt',
    route: 'POST /v1/sales/:id/prints',
    summary: 'Print the receipt of a sale, as a page or as bytes for a printer. Each print after the first is a copy.',
    permission: permissions.printReceipts,
    reach: 'branch',
    input: contract.printReceiptInput,
    output: contract.printed,
    handle: printReceipt,
  }),
] as const
