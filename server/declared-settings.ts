import { blindCountSetting, payOutLimitSetting, varianceThresholdSetting } from './cash/index.ts'
import { pinSessionHoursSetting, verifierHoursSetting } from './cashiers/index.ts'
import { inStoreCodesSetting } from './catalog/index.ts'
import { freezeHoursSetting, tolerancePercentSetting, toleranceValueSetting } from './counts/index.ts'
import { maxAgeSetting } from './fx/index.ts'
import { sessionDaysSetting, tillSessionDaysSetting } from './identity/index.ts'
import { fileDaysSetting } from './imports/index.ts'
import { reservationDaysSetting } from './inventory/index.ts'
import { fromSetting, replyToSetting, smtpUrlSetting } from './messaging/index.ts'
import { cashRoundingModeSetting, cashStepSetting, providerTimeoutSetting } from './payments/index.ts'
import { failingRowsDaysSetting } from './quality/index.ts'
import { demandWindowSetting, expiryHorizonsSetting } from './replenishment/index.ts'
import { clockToleranceSetting, discountLimitSetting, overrideLimitSetting } from './sales/index.ts'
import type { Setting } from './settings/index.ts'
import { pricesIncludeTaxSetting } from './tax/index.ts'
import { baseCurrencySetting } from './valuation/index.ts'

/** Everything that can be set. */
export const declaredSettings: readonly Setting[] = [
  smtpUrlSetting,
  fromSetting,
  replyToSetting,
  sessionDaysSetting,
  tillSessionDaysSetting,
  maxAgeSetting,
  pricesIncludeTaxSetting,
  inStoreCodesSetting,
  reservationDaysSetting,
  demandWindowSetting,
  expiryHorizonsSetting,
  baseCurrencySetting,
  tolerancePercentSetting,
  toleranceValueSetting,
  freezeHoursSetting,
  varianceThresholdSetting,
  payOutLimitSetting,
  blindCountSetting,
  cashStepSetting,
  cashRoundingModeSetting,
  providerTimeoutSetting,
  discountLimitSetting,
  overrideLimitSetting,
  clockToleranceSetting,
  pinSessionHoursSetting,
  verifierHoursSetting,
  fileDaysSetting,
  failingRowsDaysSetting,
]
