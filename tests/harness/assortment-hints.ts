import type { Hints } from './hints.ts'
import type { TestOwner } from './server.ts'

/** Where changes of what a till keeps are told from. */
export function assortmentHints({ client, branchId: branch_id }: TestOwner): Hints {
  return {
    'assortment.list-goods-changes since': async () =>
      (await client.call('assortment.list-goods', { branch_id, page_size: 1 })).changes_cursor,
    'assortment.list-stock-changes since': async () =>
      (await client.call('assortment.list-stock', { branch_id, page_size: 1 })).changes_cursor,
    'assortment.list-customer-changes since': async () =>
      (await client.call('assortment.list-customers', { page_size: 1 })).changes_cursor,
  }
}
