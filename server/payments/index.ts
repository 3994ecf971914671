export { authorizationOperations } from './authorization-operations.ts'
export { type CashRounding, roundCash } from './cash-rounding.ts'
export {
  authorizationDiffers,
  authorizationNotApproved,
  authorizationNotFound,
  authorizationUsed,
  constraints as paymentConstraints,
  currencyMismatch,
  givenTenders,
  type PaymentKind,
  payment,
  paymentOver,
  paymentShort,
  refundExceedsPaid,
  type TenderKind,
  tenderKinds,
  tenderNotFound,
  tenderRefusals,
} from './contract.ts'
export { addMissingTenders } from './jobs.ts'
export { paymentOperations } from './operations.ts'
export {
  type HeldPayments,
  holdPayments,
  type NewPayment,
  type PaidDocument,
  type RecordedPayments,
  recordPayments,
} from './payment-queries.ts'
export type { Provider, Providers } from './provider.ts'
export { addPaymentCallbacks, deliverTo } from './receive-callbacks.ts'
export { cashRoundingModeSetting, cashStepSetting, providerTimeoutSetting } from './settings.ts'
export { settleAuthorizationJob } from './settle-authorization.ts'
export {
  cashDue,
  type Due,
  type GivenTender,
  type KnownTender,
  type Settled,
  type SettledPayment,
  settleTenders,
} from './settle-tenders.ts'
export { createSimulator } from './simulator.ts'
export { cashRoundingOf, leftOf, readCashRounding, refusalOfPayments, tendersOf } from './take-payments.ts'
export { addUsualTenders, purposeOfTender } from './tenders.ts'
