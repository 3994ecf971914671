import { mostLines } from '../basket/index.ts'
import { blindCountSetting } from '../cash/index.ts'
import { inStoreCodesSetting } from '../catalog/index.ts'
import { cashRoundingModeSetting, cashRoundingOf, cashStepSetting } from '../payments/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { dayIn, daysAfter } from '../platform/time.ts'
import { clockToleranceSetting, discountLimitSetting, overrideLimitSetting } from '../sales/index.ts'
import type { Setting, Settings } from '../settings/index.ts'
import { pricesIncludeTaxSetting } from '../tax/index.ts'
import { branchNotFound, readBranch } from '../tenants/index.ts'
import { readGround, readTaxes } from './ground-queries.ts'

/** A till that is out of reach sells for three days; it goes on a little longer with the taxes it knows of. */
const daysAhead = 14

/** The small lists that a till of a branch sells with. Refuses with `branch_not_found` and `setting_invalid`. */
export async function readGroundOf(context: QueryContext, settings: Settings, branchId: string) {
  const { time_zone } = await readBranch(context, branchId)
  const today = dayIn(time_zone, context.now)
  // Yesterday's, too: a sale is judged by the day of its till, whose clock may be a little behind.
  const days = Array.from({ length: daysAhead + 2 }, (_, at) => daysAfter(today, at - 1))
  const found = (await readGround(context, { branch_id: branchId, today })) ?? refuse(branchNotFound)
  const taxes = await readTaxes(context, { branch_id: branchId, days })
  const { cash_step, ...ground } = found
  const set = <T>(setting: Setting<T>) => settings.read(context, setting, { branchId })
  const cash = cashRoundingOf({
    set: await set(cashStepSetting),
    mode: await set(cashRoundingModeSetting),
    usual: cash_step,
  })
  return {
    ...ground,
    as_of: context.now,
    tenders: ground.tenders.map((one) => ({ ...one, is_allowed_offline: one.provider === null })),
    settings: {
      prices_include_tax: await set(pricesIncludeTaxSetting),
      in_store_codes: [...(await settings.read(context, inStoreCodesSetting))],
      cash_step: cash.step,
      cash_rounding_mode: cash.mode,
      discount_limit_percent: await set(discountLimitSetting),
      override_limit_percent: await set(overrideLimitSetting),
      clock_tolerance_minutes: await set(clockToleranceSetting),
      blind_count: await set(blindCountSetting),
      most_lines: mostLines,
    },
    taxes,
    days,
  }
}
