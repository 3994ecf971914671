export { authorizationOperations } from './authorization-operations.ts'
export { cashRoundingOf } from './cash-rounding.ts'
export {
  amountOutOfRange,
  authorizationDiffers,
  authorizationNotApproved,
  authorizationNotFound,
  authorizationUsed,
  constraints as paymentConstraints,
  currencyMismatch,
  givenTenders,
  paidOtherwise,
  refundDiffers,
  refundExceedsPaid,
  saleNotPaidHere,
  type TenderKind,
  tenderKinds,
  tenderOfAnotherKind,
  tenderRefusals,
} from './contract.ts'
export { correctPayments } from './correct-payments.ts'
export { addMissingTenders } from './jobs.ts'
export { paymentOperations } from './operations.ts'
export {
  type HeldPayments,
  holdPayments,
  leftOf,
  type NewPayment,
  type PaidDocument,
  type RecordedPayments,
  recordPayments,
} from './payment-queries.ts'
export type { Providers } from './provider.ts'
export { instantKey } from './read-payments.ts'
export { addPaymentCallbacks, deliverTo } from './receive-callbacks.ts'
export { authorizationRequired } from './refusals.ts'
export { cashRoundingModeSetting, cashStepSetting, providerTimeoutSetting } from './settings.ts'
export { settleAuthorizationJob } from './settle-authorization.ts'
export { type LeftOfSale, type Settled, settleTenders } from './settle-tenders.ts'
export { createSimulator } from './simulator.ts'
export { addUsualTenders, purposeOfTender } from './tenders.ts'
