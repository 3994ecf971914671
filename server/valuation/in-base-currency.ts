import { readRates } from '../fx/index.ts'
import { money, roundToMinorUnit, toMinorText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { findCurrency, unknownCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import { baseCurrencySetting } from './settings.ts'

/** A value in the base currency, or why it has none there. */
export interface BaseValue {
  readonly base_currency: string | null
  readonly base_value: string | null
  readonly rate: string | null
  readonly missing_rate: string | null
}

/**
 * Turns values in the currencies of books into the base currency at the rates of a day: the one asked for, or the one that is
 * set, or the one that all branches have. A rate that is missing is said with the value, and hides no other. Refuses with
 * `unknown_currency` and `setting_invalid`.
 */
export async function inBaseCurrency(
  context: Pick<QueryContext, 'client' | 'db' | 'tenantId'>,
  settings: Settings,
  given: { currency: string | undefined; currencies: readonly string[]; on: string },
): Promise<(value: { value: string; currency: string }) => BaseValue> {
  const { on } = given
  const own = new Set(given.currencies)
  const common = own.size === 1 ? [...own][0] : undefined
  const base = given.currency ?? (await settings.read(context, baseCurrencySetting)) ?? common
  if (base === undefined) return () => none
  const { minor_unit } = (await findCurrency(context, base)) ?? refuse(unknownCurrency)
  const rateOf = await readRates(context, settings, { days: [on] })
  return ({ value, currency }) => {
    const found = rateOrWhy(() => rateOf({ from: currency, to: base, on }).rate)
    if (found instanceof Refusal) return { ...none, base_currency: base, missing_rate: found.kind.code }
    const converted = roundToMinorUnit(money(value).times(found), minor_unit)
    return { base_currency: base, base_value: toMinorText(converted, minor_unit), rate: found, missing_rate: null }
  }
}

const none: BaseValue = { base_currency: null, base_value: null, rate: null, missing_rate: null }

function rateOrWhy(read: () => string): string | Refusal {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
