import { call } from '../api.ts'
import { forgetDevice, store, writeFact } from './store.ts'

/** Makes this browser the till of a register: enrols a device and binds it. Needs somebody who may do both. */
export async function setUpDevice(place: {
  readonly tenantId: string
  readonly branchId: string
  readonly registerId: string
  readonly name: string
}): Promise<void> {
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
}

/** Whether the browser promises to keep what is stored when it needs room. */
export async function askToPersist(): Promise<boolean> {
  if (!navigator.storage?.persist) return false
  return (await navigator.storage.persisted()) || (await navigator.storage.persist())
}
