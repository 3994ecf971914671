import { callAsCashier } from './call-as-cashier.ts'
import type { AtTill } from './cashier.ts'
import { holdChain, isEverythingSent, newSalt, noteNext } from './chain.ts'
import { takeChanges } from './kept-on-device.ts'
import { isOutOfReach } from './shift.ts'
import { type Customer, store } from './store.ts'

/** Adds a customer: at the server, or noted here where it does not answer. Answers their id. */
export async function addCustomer(
  person: { readonly name: string; readonly phone: string },
  cashier: AtTill,
  now: Date,
): Promise<string> {
  const id = crypto.randomUUID()
  const customer = { kind: 'person' as const, name: person.name, ...(person.phone ? { phone: person.phone } : {}) }
  const held: Customer = {
    ...{ id, kind: 'person', name: person.name, phone: person.phone || null },
    ...{ code: null, email: null, preferred_locale: null, group_id: null },
  }
  await holdChain(async () => {
    if (await isEverythingSent()) {
      try {
        await callAsCashier(
          cashier,
          'parties.create-party',
          { id, ...customer, roles: ['customer'] },
          { idempotencyKey: id },
        )
        await store.customers.put(held)
        return
      } catch (error) {
        if (!isOutOfReach(error)) throw error
      }
    }
    await noteNext(
      { kind: 'customer', id },
      { cashier_id: cashier.employeeId, made_at: now.toISOString(), salt: newSalt(), customer },
      () => store.customers.put(held),
    )
  })
  await takeChanges({ customers: { items: [held], removed: [] } })
  return id
}
