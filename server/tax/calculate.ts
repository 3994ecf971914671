import type { z } from 'zod'
import { money } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { findCurrency, unknownCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import { findEntity, readBranch } from '../tenants/index.ts'
import { calculateTax } from './calculate-tax.ts'
import { amountTooLarge, branchUnknown, type calculateInput, classNotFound, discountTooLarge } from './contract.ts'
import { standingOf } from './jurisdictions.ts'
import { findClasses, readJurisdictions } from './queries.ts'
import { readRates } from './rate-queries.ts'
import { pricesIncludeTaxSetting } from './settings.ts'
import { assertTaxable, componentsOf, pathOf, ruleOf } from './stack.ts'

type Input = z.output<typeof calculateInput>

/**
 * The taxes of lines sold in a branch. The day that decides the rates is that of the branch's own time zone, so one
 * instant may fall before a change of rates in one branch and after it in another. Whether prices include their taxes is as
 * the input says, or else the branch or the tenant has set, or else as is usual in the jurisdiction.
 */
export async function calculate(context: QueryContext, settings: Settings, input: Input) {
  for (const line of input.lines) assertDiscount(line)
  const branch = await readBranch(context, input.branch_id, branchUnknown)
  const entity = (await findEntity(context, branch.entity_id)) ?? refuse(branchUnknown)
  const currency = input.currency ?? entity.currency
  const { minor_unit } = (await findCurrency(context, currency)) ?? refuse(unknownCurrency)
  const classes = await readClasses(context, input)

  const on = dayIn(branch.time_zone, input.at === undefined ? context.now : new Date(input.at))
  const { codes } = await standingOf(context, branch)
  const known = await readJurisdictions(context, codes)
  const path = pathOf(codes, known)
  assertTaxable(path, known)
  const rates = await readRates(
    context,
    path.map(({ code }) => code),
    on,
  )
  const { prices_include_tax: usual, ...rule } = ruleOf(codes, known)
  const set = async () => settings.read(context, pricesIncludeTaxSetting, { branchId: branch.id })
  const prices_include_tax = input.prices_include_tax ?? (await set()) ?? usual
  const stacks = new Map([...classes].map(([id, one]) => [id, componentsOf(path, one, rates)]))

  const lines = input.lines.map((line) => ({ ...line, components: stacks.get(line.class_id) ?? [] }))
  const { lines: taxed, ...totals } = calculateTax({ lines, prices_include_tax, minor_unit, rule })
  for (const { net, gross } of [totals, ...taxed]) for (const one of [net, gross]) assertFits(one)
  return {
    on,
    currency,
    prices_include_tax,
    ...rule,
    ...totals,
    lines: taxed.map((line, at) => {
      const { id, code, treatment } = classes.get(input.lines[at]?.class_id ?? '') ?? refuse(classNotFound)
      return { class_id: id, class_code: code, treatment, ...line }
    }),
  }
}

async function readClasses(context: QueryContext, { lines }: Input) {
  const ids = new Set(lines.map((line) => line.class_id))
  const found = await findClasses(context, [...ids])
  if (found.length < ids.size) refuse(classNotFound)
  return new Map(found.map((one) => [one.id, one]))
}

function assertDiscount({ quantity, unit_price, discount = '0' }: Input['lines'][number]): void {
  const whole = money(quantity).times(money(unit_price))
  const off = money(discount)
  if (off.isZero()) return
  if (whole.isZero() || off.isNegative() !== whole.isNegative() || off.abs().greaterThan(whole.abs()))
    refuse(discountTooLarge)
}

function assertFits(text: string): void {
  if (money(text).abs().greaterThanOrEqualTo('1e15')) refuse(amountTooLarge)
}
