/**
 * All that a PIN opens at a shared till, for whoever holds it: what stands between opening a drawer and reconciling it. Four digits are
 * no password, so goods and prices, people, settings, the safe, the books and what devices sent wrong stay out.
 */
export const tillPermissions: readonly string[] = [
  'sales.sell',
  'sales.discount',
  'sales.discount-any',
  'sales.override-price',
  'sales.override-any-price',
  'sales.refund',
  'sales.refund-otherwise',
  'sales.void-baskets',
  'sales.view-sales',
  'sales.print-receipts',

  'tickets.view-tickets',
  'tickets.park-tickets',
  'tickets.discard-tickets',

  'cash.view-sessions',
  'cash.open-session',
  'cash.move-cash',
  'cash.count-session',
  'cash.manage-sessions',
  'cash.approve-variance',

  'payments.view-tenders',
  'payments.view-payments',
  'payments.take-payments',
  'payments.refund-payments',
  'payments.reverse-authorizations',

  'catalog.view-products',
  'images.view-images',
  'pricing.view-prices',
  'channels.view-channels',
  'tax.view-rates',
  'tax.calculate',
  'inventory.view-stock',
  'inventory.view-reservations',
  'inventory.reserve-stock',

  // What is of the whole tenant, as deleting a customer, is refused at a till, which is of one branch.
  'parties.view-parties',
  'parties.manage-parties',

  'registers.view-registers',
  'registers.view-devices',
  'sync.push',
  'sync.view-certificates',
]
