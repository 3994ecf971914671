import * as basket from '../basket/index.ts'
import { drawerShort, sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import { quantityRefusals, scanRefusals, tooManyDecimals, variantNotFound } from '../catalog/index.ts'
import { channelNotFound } from '../channels/index.ts'
import { stockRefusals } from '../inventory/index.ts'
import { refundDiffers, refundExceedsPaid, tenderRefusals } from '../payments/index.ts'
import { command, query, sealedCommand } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind } from '../platform/refusal.ts'
import { found, lookUpInput, page } from '../platform/schema.ts'
import {
  deviceUnbound,
  registerHasDevice,
  registerInactive,
  registerNotFound,
  sequenceGap,
  sequenceTaken,
} from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import { ticketRefusals } from '../tickets/index.ts'
import { checkout } from './checkout.ts'
import * as contract from './contract.ts'
import { exchange, refund } from './give-back.ts'
import { printReceipt, receiptOf } from './print-receipt.ts'
import * as reading from './read-contract.ts'
import { lookUpSales } from './read-queries.ts'
import { filterRefusals, readSales, saleInFullOf, type UnsettledOf } from './read-sales.ts'
import { readVoidedBasket, readVoidedBaskets, voidBasket } from './void-basket.ts'

const { permissions } = contract
const priceMaking = [
  permissions.discount,
  permissions.discountAny,
  permissions.overridePrice,
  permissions.overrideAnyPrice,
] as const

/** What any receipt may be refused with. */
const receiptRefusals = [
  sessionNotFound,
  sessionNotOpen,
  registerInactive,
  registerNotFound,
  contract.sessionOfAnotherRegister,
  deviceUnbound,
  registerHasDevice,
  sequenceGap,
  sequenceTaken,
  contract.clockOff,
  ...tenderRefusals,
  ...stockRefusals,
]

/** What goods at a till may be refused with. */
const basketRefusals = [
  contract.notSellable,
  contract.prescriptionRequired,
  contract.kitEmpty,
  contract.totalDiffers,
  contract.discountBeyondPermission,
  contract.priceBeyondPermission,
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
]

/** What taking goods back may be refused with. */
const returnRefusals = [
  contract.originalNotFound,
  contract.refundOfRefund,
  contract.saleOfAnotherEntity,
  contract.lineNotReturnable,
  contract.batchNotReturnable,
  basket.beyondSold,
  basket.quantityNotPositive,
  tooManyDecimals,
  drawerShort,
]

/** What only money that goes back is refused with. */
const forReturns = new Set<RefusalKind>([refundExceedsPaid, refundDiffers])

function once(...kinds: readonly RefusalKind[]): RefusalKind[] {
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
      refusals: once(
        ...receiptRefusals,
        ...basketRefusals,
        contract.customerNotFound,
        channelNotFound,
        ...ticketRefusals,
        platformRefusals.alreadyExists,
      ).filter((one) => !forReturns.has(one)),
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
      refusals: once(...receiptRefusals, ...returnRefusals, platformRefusals.alreadyExists),
      handle: (context, input) => refund(context, settings, input),
    }),
    command({
      name: 'sales.exchange',
      route: 'POST /v1/exchanges',
      summary: 'Take goods back and sell others, in one receipt.',
      permission: permissions.refund,
      extraPermissions: [permissions.sell, permissions.refundOtherwise, ...priceMaking],
      reach: 'branch',
      input: contract.exchangeInput,
      output: contract.receipt,
      mostBytes: 4 * 1024 * 1024,
      refusals: once(...receiptRefusals, ...basketRefusals, ...returnRefusals, platformRefusals.alreadyExists),
      handle: (context, input) => exchange(context, settings, input),
    }),
    command({
      name: 'sales.void-basket',
      route: 'POST /v1/voided-baskets',
      summary: 'Give up a basket before it is paid, and say why.',
      permission: permissions.voidBaskets,
      reach: 'branch',
      input: contract.voidBasketInput,
      output: reading.voidedBasketInFull,
      severity: 'notice',
      refusals: [
        sessionNotFound,
        sessionNotOpen,
        variantNotFound,
        basket.amountTooFine,
        platformRefusals.alreadyExists,
      ],
      handle: voidBasket,
    }),
  ] as const
}

/** What asks nothing of what was sold offline. */
const openReads = [
  query({
    name: 'sales.look-up-sales',
    route: 'GET /v1/look-ups/sales',
    summary: 'The numbers of sales, refunds and exchanges, by their ids.',
    permission: reading.permissions.viewSales,
    reach: 'branch',
    input: lookUpInput,
    output: found(reading.saleNumber),
    handle: async (context, { ids }) => ({ items: await lookUpSales(context, ids) }),
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
  query({
    name: 'sales.list-voided-baskets',
    route: 'GET /v1/voided-baskets',
    summary: 'Baskets that were given up before they were paid, the latest first.',
    permission: reading.permissions.viewSales,
    reach: 'branch',
    input: reading.listVoidedBasketsInput,
    output: page(reading.voidedBasket),
    refusals: [branchNotFound, ...filterRefusals],
    handle: readVoidedBaskets,
  }),
  query({
    name: 'sales.get-voided-basket',
    route: 'GET /v1/voided-baskets/:id',
    summary: 'One basket that was given up, with what was in it.',
    permission: reading.permissions.viewSales,
    reach: 'branch',
    input: reading.byId,
    output: reading.voidedBasketInFull,
    handle: (context, { id }) => readVoidedBasket(context, id),
  }),
] as const

/** Reading what was sold, and printing its receipts. */
export function saleReads({ unsettledOf }: { unsettledOf: UnsettledOf }) {
  return [
    query({
      name: 'sales.list-sales',
      route: 'GET /v1/sales',
      summary: 'Sales, refunds and exchanges, the latest first.',
      permission: reading.permissions.viewSales,
      reach: 'branch',
      input: reading.listSalesInput,
      output: page(reading.saleItem),
      refusals: [branchNotFound, ...filterRefusals],
      handle: (context, input) => readSales(context, unsettledOf, input),
    }),
    query({
      name: 'sales.get-sale',
      route: 'GET /v1/sales/:id',
      summary: 'One sale: its lines, payments, taxes, cost and profit, and what came back of it.',
      permission: reading.permissions.viewSales,
      reach: 'branch',
      input: reading.byId,
      output: reading.saleInFull,
      handle: (context, { id }) => saleInFullOf(context, unsettledOf, id),
    }),
    ...openReads,
    command({
      name: 'sales.print-receipt',
      route: 'POST /v1/sales/:id/prints',
      summary:
        'Print the receipt of a sale, as a page or as bytes for a printer. Each print after the first is a copy.',
      permission: reading.permissions.printReceipts,
      reach: 'branch',
      input: reading.printReceiptInput,
      output: reading.printed,
      handle: printReceipt,
    }),
  ] as const
}
