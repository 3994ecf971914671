import type { Purpose } from '../ledger/index.ts'
import type { TenderKind } from './contract.ts'

/** The purpose of the account that holds what was paid with a kind of tender, until it is paid out or taken to the safe. */
export const purposeOfTender: Readonly<Record<TenderKind, Purpose>> = {
  cash: 'cash',
  card: 'card_clearing',
  mobile_wallet: 'mobile_wallet_clearing',
  bank_transfer: 'cash_in_transit',
  other: 'cheques',
}
