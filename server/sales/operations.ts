import { amountTooFine } from '../basket/index.ts'
import { sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import { command, sealedCommand } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { checkout } from './checkout.ts'
import * as contract from './contract.ts'
import { exchange, refund } from './give-back.ts'
import { checkoutRefusals, refundRefusals } from './refusals.ts'
import { voidBasket } from './void-basket.ts'
import type { Ground } from './world.ts'

const { permissions } = contract
const priceMaking = [
  permissions.discount,
  permissions.discountAny,
  permissions.overridePrice,
  permissions.overrideAnyPrice,
] as const

/** Selling at a counter, and taking back what was sold. */
export function salesOperations(ground: Ground) {
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
      batch: checkout(ground),
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
      handle: (context, input) => refund(context, ground, input),
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
      handle: (context, input) => exchange(context, ground, input),
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
      refusals: [sessionNotFound, sessionNotOpen, amountTooFine, platformRefusals.alreadyExists],
      handle: voidBasket,
    }),
  ] as const
}
