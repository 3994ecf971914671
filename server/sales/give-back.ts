import type { z } from 'zod'
import { basketTooLong, mostLines, type PricedBasket, priceBasket } from '../basket/index.ts'
import { quarantineReturned } from '../inventory/index.ts'
import { type LeftOfSale, leftOf } from '../payments/index.ts'
import { holds } from '../platform/execute.ts'
import { money, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import type { Settings } from '../settings/index.ts'
import type { TaxedComponent } from '../tax/index.ts'
import { amountsOf, assertPermitted, draftLines, feesOf, settle } from './checkout.ts'
import {
  type exchangeInput,
  originalNotFound,
  permissions,
  type refundInput,
  refundOfRefund,
  saleOfAnotherEntity,
  totalDiffers,
} from './contract.ts'
import type { OriginalHeld } from './queries.ts'
import {
  type Decision,
  type DraftLine,
  decideReceipt,
  type Receipt,
  type ReceiptAmounts,
  recordReceipts,
} from './receipt.ts'
import { type ReturnedLine, returnLines } from './return-lines.ts'
import { type Till, tillOf } from './till.ts'
import { counterOf, readWorld, type World } from './world.ts'

/** Takes goods back and gives money back: never more than was sold or paid. */
export async function refund(context: CommandContext, settings: Settings, input: z.output<typeof refundInput>) {
  const world = await readWorld(context, settings, { named: [{ ...input, lines: [] }], answers: [] })
  const given = { ...input, returns: input.lines, basket: undefined }
  return recordReturn(context, decide(world, context, given), input.lines)
}

/** Takes goods back and sells others in one receipt. */
export async function exchange(context: CommandContext, settings: Settings, input: z.output<typeof exchangeInput>) {
  if (!holds(context.caller.permissions, permissions.sell))
    refuse(platformRefusals.forbidden, `This needs the permission ${permissions.sell}`)
  if (input.lines.length > mostLines) refuse(basketTooLong)
  const world = await readWorld(context, settings, { named: [input], answers: [] })
  const original = originalOf(world, input.original_id, context)
  const { place } = tillOf(world, input, context)
  // A customer or a channel that has ended since gets the prices of everybody.
  const customer = world.held.customers?.find(({ id }) => id === original.customer_id)
  const channel = world.held.channels?.find(({ id }) => id === original.channel_id)
  const basket = priceBasket(counterOf(world, place), { ...input, customer_id: customer?.id, channel_id: channel?.id })
  assertPermitted(world, place, basket, context)
  const lines = draftLines(basket, input)
  return recordReturn(context, decide(world, context, { ...input, basket: { priced: basket, lines } }), input.returns)
}

interface Given
  extends Pick<
    z.output<typeof refundInput>,
    | 'id'
    | 'session_id'
    | 'register_id'
    | 'device'
    | 'original_id'
    | 'reason'
    | 'payments'
    | 'made_at'
    | 'currency'
    | 'note'
  > {
  readonly returns: readonly ReturnedLine[]
  readonly basket: { readonly priced: PricedBasket; readonly lines: readonly DraftLine[] } | undefined
  readonly expected_total?: string | undefined
}

function decide(world: World, context: CommandContext, given: Given): Decision {
  const till = tillOf(world, given, context)
  const { place } = till
  const original = originalOf(world, given.original_id, context)
  if (original.entity_id !== place.entity_id) refuse(saleOfAnotherEntity)
  const back = returnLines(original, given.returns, { goods: world.goods, minorUnit: place.minor_unit })
  const amounts = sumOf([...back, ...(given.basket ? [amountsOf(given.basket.priced.totals)] : [])], place.minor_unit)
  if (given.expected_total !== undefined && !money(given.expected_total).equals(amounts.total))
    refuse(totalDiffers, `it comes to ${amounts.total}`)
  const mayRefundOtherwise = holds(context.caller.permissions, permissions.refundOtherwise)
  const origin = originOf(world, original)
  const settled = settle(world, place, { total: amounts.total, given: given.payments, origin, mayRefundOtherwise })
  return decideReceipt(
    world,
    {
      ...till,
      id: given.id ?? context.newId(),
      kind: given.basket ? 'exchange' : 'refund',
      employee_id: context.caller.employeeId,
      customer_id: original.customer_id,
      channel_id: original.channel_id,
      original,
      note: given.note === undefined ? given.reason : `${given.reason}\n${given.note}`,
      isPriceWithTax: original.is_price_with_tax,
      lines: [...back, ...(given.basket?.lines ?? [])],
      amounts,
      settled,
      ...feesBack(world, till, original, { back, basket: given.basket?.priced }),
      mayRefundOtherwise,
      offline: null,
    },
    context,
  )
}

/** The receipt that goods come back of. Refuses with `original_not_found`, `refund_of_refund`. */
export function originalOf(world: World, id: string, context: Pick<CommandContext, 'caller'>): OriginalHeld {
  const original = world.held.originals?.find((one) => one.id === id) ?? refuse(originalNotFound)
  assertInScope(context, { branchId: original.branch_id }, originalNotFound)
  if (original.kind === 'refund') refuse(refundOfRefund)
  return original
}

/** What is left of the sale that it all began with, all exchanges and refunds of it counted. */
export function originOf({ held }: World, { root_id }: OriginalHeld): LeftOfSale & { id: string } {
  const root = held.roots?.find(({ id }) => id === root_id)
  if (!root) throw new Error('a receipt has no sale that it began with')
  return { id: root_id, paid: leftOf(held, root_id), total: root.worth, rounded: root.carried }
}

/** Records the receipt, and puts away what came back and is not to be sold: `returned` are its first lines. */
export async function recordReturn(
  context: CommandContext,
  decision: Decision,
  returned: readonly ReturnedLine[],
): Promise<Receipt> {
  await recordReceipts(context, [decision])
  const { branch_id, number, lines } = decision.output
  const away = lines
    .filter((_, at) => returned[at]?.restock === 'quarantine')
    .flatMap(({ allocations }) => allocations)
    .map(({ variant_id, batch_id, quantity }) => ({
      variant_id,
      batch_id,
      quantity: toText(money(quantity).negated()),
    }))
  if (away.length > 0) await quarantineReturned(context, { branch_id, note: number, lines: away })
  return decision.output
}

/** What the channel gives back of its fees: the part that what came back is of all that was sold. */
export function feesBack(
  world: World,
  { place }: Till,
  original: OriginalHeld,
  { back, basket }: { back: readonly DraftLine[]; basket: PricedBasket | undefined },
): { platform_fees: string; fees_returned: string } {
  const sold = original.lines.filter(({ of_line }) => of_line === null)
  const totalOf = (lines: readonly { net: string; taxes: readonly TaxedComponent[] }[]) =>
    lines.reduce((sum, { net, taxes }) => taxes.reduce((all, { tax }) => all.plus(tax), sum.plus(net)), money('0'))
  const cameBack = totalOf(sold.flatMap((line) => line.back ?? []))
    .plus(totalOf(back))
    .negated()
  const whole = totalOf(sold)
  const due = whole.isZero()
    ? money('0')
    : roundToMinorUnit(money(original.fees_taken).times(cameBack).dividedBy(whole), place.minor_unit)
  const returned = due.minus(original.fees_returned)
  const taken = basket ? feesOf(world, place, original.channel_id ?? undefined, basket.totals.total) : '0'
  return { platform_fees: toText(money(taken).minus(returned)), fees_returned: toText(returned) }
}

/** The amounts of a receipt: those of its parts together, each tax once. */
export function sumOf(parts: readonly ReceiptAmounts[], minorUnit: number): ReceiptAmounts {
  const add = (field: Exclude<keyof ReceiptAmounts, 'taxes'>) =>
    toMinorText(
      parts.reduce((sum, part) => sum.plus(part[field]), money('0')),
      minorUnit,
    )
  const same = Map.groupBy(
    parts.flatMap(({ taxes }) => taxes),
    ({ jurisdiction_code, name, rate, compound }) =>
      JSON.stringify([jurisdiction_code, name, toText(money(rate)), compound]),
  )
  const sumsOf = (taxes: readonly TaxedComponent[], field: 'base' | 'tax') =>
    toMinorText(
      taxes.reduce((sum, one) => sum.plus(one[field]), money('0')),
      minorUnit,
    )
  return {
    gross: add('gross'),
    discount: add('discount'),
    net_discount: add('net_discount'),
    net: add('net'),
    tax: add('tax'),
    total: add('total'),
    taxes: [...same.values()].flatMap((taxes) =>
      taxes.slice(0, 1).map((one) => ({ ...one, base: sumsOf(taxes, 'base'), tax: sumsOf(taxes, 'tax') })),
    ),
  }
}
