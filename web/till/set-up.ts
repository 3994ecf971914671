import { call } from '../api.ts'
import { keepAssortment } from './assortment.ts'
import { keepCashiers } from './cashier.ts'
import { forgetDevice, store, writeFact } from './store.ts'

/**
 * Makes this browser the till of a register: enrols a device, binds it, and fetches what it sells with. Needs somebody who may
 * enrol and bind devices. Asks the browser to keep what is stored, and says whether it does.
 */
export async function setUpDevice(
  place: { readonly tenantId: string; readonly branchId: string; readonly registerId: string; readonly name: string },
  progress: (rows: number) => void,
): Promise<void> {
  await forgetDevice()
  const enrolled = await call(
    'registers.enroll-device',
    { branch_id: place.branchId, name: place.name },
    { idempotencyKey: crypto.randomUUID() },
  )
  if (enrolled.credential === null) throw new Error('the credential of a device is told once')
  const bound = await call('registers.bind-device', {
    ...{ id: enrolled.id, version: enrolled.version, register_id: place.registerId },
  })
  await store.transaction('rw', store.facts, async () => {
    await writeFact('device', {
      ...{ id: enrolled.id, credential: enrolled.credential ?? '', name: place.name },
      ...{ tenantId: place.tenantId, branchId: place.branchId },
      ...{ registerId: place.registerId, registerCode: bound.register_code ?? '' },
    })
    await writeFact('head', { nextSequence: bound.next_sequence ?? 1, hash: bound.head_hash ?? '', notes: [] })
    await writeFact('session', null)
  })
  await askToPersist()
  await keepAssortment(place.branchId, progress)
  await keepCashiers()
}

/** Whether the browser promises to keep what is stored when it needs room. */
export async function askToPersist(): Promise<boolean> {
  if (!navigator.storage?.persist) return false
  return (await navigator.storage.persisted()) || (await navigator.storage.persist())
}

/** As `askToPersist`, without asking. */
export async function isPersisted(): Promise<boolean> {
  return (await navigator.storage?.persisted?.()) ?? false
}
