import * as basket from '../basket/index.ts'
import { drawerShort, sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import { quantityRefusals, scanRefusals, variantNotFound } from '../catalog/index.ts'
import { channelNotFound } from '../channels/index.ts'
import { stockRefusals } from '../inventory/index.ts'
import { tenderRefusals } from '../payments/index.ts'
import { command, query, sealedCommand } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind } from '../platform/refusal.ts'
import { page } from '../platform/schema.ts'
import { deviceUnbound, registerHasDevice, registerInactive, sequenceGap, sequenceTaken } from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import { checkout } from './checkout.ts'
import * as contract from './contract.ts'
import { exchange, refund } from './give-back.ts'
import { printReceipt, receiptOf } from './print-receipt.ts'
import * as reading from './read-contract.ts'
import { readSales, saleInFullOf } from './read-sales.ts'
import { voidBasket } from './void-basket.ts'

const { permissions } = contract
const priceMaking = [
  permissions.discount,
  permissions.discountAny,
  permissions.overridePrice,
  permissions.overrideAnyPrice,
] as const

/** What selling may be refused with. */
const checkoutRefusals = once([
  sessionNotFound,
  sessionNotOpen,
  registerInactive,
  contract.sessionOfAnotherRegister,
  deviceUnbound,
  registerHasDevice,
  sequenceGap,
  sequenceTaken,
  contract.clockOff,
  contract.lineUnnamed,
  contract.notSellable,
  contract.prescriptionRequired,
  contract.kitEmpty,
  contract.totalDiffers,
  contract.discountBeyondPermission,
  contract.priceBeyondPermission,
  contract.customerNotFound,
  channelNotFound,
  variantNotFound,
  ...quantityRefusals,
  ...scanRefusals,
  basket.basketEmpty,
  basket.basketTooLong,
  basket.quantityNotPositive,
  basket.priceNeeded,
  basket.priceNegative,
  basket.priceReasonNeeded,
  basket.priceZero,
  basket.discountNotPositive,
  basket.discountBeyondLine,
  basket.discountBeyondBasket,
  basket.amountTooFine,
  basket.basketAmountTooLarge,
  ...tenderRefusals,
  ...stockRefusals,
])

/** What taking goods back may be refused with. */
const refundRefusals = once([
  contract.originalNotFound,
  contract.refundOfRefund,
  contract.saleOfAnotherEntity,
  contract.lineNotReturnable,
  contract.batchNotReturnable,
  basket.beyondSold,
  drawerShort,
  ...checkoutRefusals,
])

function once(kinds: readonly RefusalKind[]): RefusalKind[] {
  return [...new Map(kinds.map((one) => [one.code, one])).values()]
}

/** Selling at a counter, and taking back what was sold. */
export function salesOperations({ settings }: { settings: Settings }) {
  return [
    sealedCommand({
      name: 'sales.checkout',
      route: 'POST /v1/sales',
      summary: 'Sell: goods, prices, taxes, payments and receipt in one.',
      permission: permissions.sell,
      extraPermissions: priceMaking,
      reach: 'branch',
      input: contract.checkoutInput,
      output: contract.receipt,
      mostBytes: 4 * 1024 * 1024,
      refusals: [...checkoutRefusals, platformRefusals.alreadyExists],
      batch: checkout(settings),
    }),
    command({
      name: 'sales.refund',
      route: 'POST /v1/refunds',
      summary: 'Take goods back and give money back, never more than was sold or paid.',
      permission: permissions.refund,
      extraPermissions: [permissions.refundOtherwise],
      reach: 'branch',
      input: contract.refundInput,
      output: contract.receipt,
      refusals: [...refundRefusals, platformRefusals.alreadyExists],
      handle: (context, input) => refund(context, settings, input),
    }),
    command({
      name: 'sales.exchange',
      route: 'POST /v1/exchanges',
      summary: 'Take goods back and sell others, in one receipt.',
      permission: permissions.refund,
      extraPermissions: [permissions.refundOtherwise, ...priceMaking],
      reach: 'branch',
      input: contract.exchangeInput,
      output: contract.receipt,
      mostBytes: 4 * 1024 * 1024,
      refusals: [...refundRefusals, platformRefusals.alreadyExists],
      handle: (context, input) => exchange(context, settings, input),
    }),
    command({
      name: 'sales.void-basket',
      route: 'POST /v1/voided-baskets',
      summary: 'Give up a basket before it is paid, and say why.',
      permission: permissions.voidBaskets,
      reach: 'branch',
      input: contract.voidBasketInput,
      output: contract.voidedBasket,
      severity: 'notice',
      refusals: [sessionNotFound, sessionNotOpen, basket.amountTooFine, platformRefusals.alreadyExists],
      handle: voidBasket,
    }),
  ] as const
}

/** Reading what was sold, and printing its receipts. */
export const saleReads = [
  query({
    name: 'sales.list-sales',
    route: 'GET /v1/sales',
    summary: 'Sales, refunds and exchanges, the latest first.',
    permission: reading.permissions.viewSales,
    reach: 'branch',
    input: reading.listSalesInput,
    output: page(reading.saleItem),
    refusals: [branchNotFound],
    handle: readSales,
  }),
  query({
    name: 'sales.get-sale',
    route: 'GET /v1/sales/:id',
    summary: 'One sale: its lines, payments, taxes, cost and profit, and what came back of it.',
    permission: reading.permissions.viewSales,
    reach: 'branch',
    input: reading.byId,
    output: reading.saleInFull,
    handle: (context, { id }) => saleInFullOf(context, id),
  }),
  query({
    name: 'sales.get-receipt',
    route: 'GET /v1/sales/:id/receipt',
    summary: 'The receipt of a sale as values. Nothing is printed, and nothing counted.',
    permission: reading.permissions.viewSales,
    reach: 'branch',
    input: reading.byId,
    output: reading.receiptTold,
    handle: (context, { id }) => receiptOf(context, id),
  }),
  command({
    name: 'sales.print-receipt',
    route: 'POST /v1/sales/:id/prints',
    summary: 'Print the receipt of a sale, as a page or as bytes for a printer. Each print after the first is a copy.',
    permission: reading.permissions.printReceipts,
    reach: 'branch',
    input: reading.printReceiptInput,
    output: reading.printed,
    handle: printReceipt,
  }),
] as const
