import { lazy } from 'react'

const loads = {
  pay: () => import('./pay.tsx'),
  receipt: () => import('./receipt-dialog.tsx'),
  refund: () => import('./refund.tsx'),
  customer: () => import('./customer-dialog.tsx'),
  line: () => import('./line-dialog.tsx'),
  tickets: () => import('./tickets-dialog.tsx'),
  receipts: () => import('./receipts-dialog.tsx'),
  cash: () => import('./cash-dialog.tsx'),
}

// The counter is there before the dialogs in front of it.
export const Pay = lazy(async () => ({ default: (await loads.pay()).Pay }))
export const ReceiptDialog = lazy(async () => ({ default: (await loads.receipt()).ReceiptDialog }))
export const Refund = lazy(async () => ({ default: (await loads.refund()).Refund }))
export const CustomerDialog = lazy(async () => ({ default: (await loads.customer()).CustomerDialog }))
export const LineDialog = lazy(async () => ({ default: (await loads.line()).LineDialog }))
export const BasketDiscount = lazy(async () => ({ default: (await loads.line()).BasketDiscount }))
export const ParkDialog = lazy(async () => ({ default: (await loads.tickets()).ParkDialog }))
export const ParkedDialog = lazy(async () => ({ default: (await loads.tickets()).ParkedDialog }))
export const ReceiptsDialog = lazy(async () => ({ default: (await loads.receipts()).ReceiptsDialog }))
export const CashDialog = lazy(async () => ({ default: (await loads.cash()).CashDialog }))

/** Fetches them all while nobody waits for them. */
export async function loadDialogs(): Promise<void> {
  await Promise.all(Object.values(loads).map((load) => load()))
}
