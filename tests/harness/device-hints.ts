import { later, now } from '../../server/platform/time.ts'
import { makeProduct } from './catalog.ts'
import { enrollDevice, type OfflineTill, offlineSale, openOfflineTill } from './devices.ts'
import type { Hints } from './hints.ts'
import type { Input } from './samples.ts'
import type { TestOwner } from './server.ts'

/** Values of fields of devices and queues, and ways to make what an operation on one is about, as `createSampler` takes them. */
export function deviceSamples(owner: TestOwner): {
  hints: Hints
  makers: Readonly<Record<string, () => Promise<Input>>>
} {
  const { client } = owner
  let till: OfflineTill | undefined
  const held = async () => {
    till ??= await openOfflineTill(owner)
    return till
  }
  const exception = async () => {
    const { sessionId: session_id, ...device } = await openOfflineTill(owner)
    // Sold by nobody who is known here, so that the owner may settle it.
    const over = { made_at: later(now(), 7_200_000).toISOString(), cashier_id: crypto.randomUUID() }
    await device.push([await device.seal(await saleOf(owner), over)])
    const { items } = await client.call('sync.list-exceptions', { session_id, kind: 'clock_off' })
    return items[0] as Input
  }
  const setAside = async () => {
    const device = await openOfflineTill(owner)
    const sealed = await device.seal('not a sale')
    await device.push([sealed])
    const { items } = await client.call('sync.list-set-aside', { branch_id: owner.branchId, limit: 200 })
    return items.find(({ hash }) => hash === sealed.hash) as Input
  }
  const keptNote = async () => {
    const device = await openOfflineTill(owner)
    await device.push([], { notes: [await noteOf(device)] })
    const { items } = await client.call('sync.list-exceptions', { branch_id: owner.branchId, limit: 200 })
    const found = items.find(({ device_id }) => device_id === device.deviceId)
    return client.call('sync.get-note', { id: found?.note?.id ?? '' })
  }
  let left: OfflineTill | undefined
  const retired = async () => {
    left = await openOfflineTill(owner)
    const { id, version } = await client.call('registers.get-device', { id: left.deviceId })
    return client.call('registers.unbind-device', { id, version, reason: 'It is taken elsewhere' })
  }
  return {
    hints: {
      'sync.push device_id': async () => {
        till = await openOfflineTill(owner)
        return till.deviceId
      },
      'sync.push credential': async () => (await held()).credential,
      'sync.push slips': async () => [await (await held()).seal(await saleOf(owner))],
      'sync.push notes': async () => [await noteOf(await held(), { name: 'Nadia' })],
      'sync.push ended': async () => (await held()).ended(),
      'sync.recover-queue register_id': () => left?.registerId,
      'sync.recover-queue slips': () => [],
      'sync.recover-queue notes': () => [],
      'sync.recover-queue ended': () => left?.ended(),
      ...cashierHints(owner),
      'sync.list-exceptions session_id': async () => (await held()).sessionId,
    },
    makers: {
      'registers.unbind-device': () => enrollDevice(owner),
      'sync.recover-queue': retired,
      'sync.get-standing': () => enrollDevice(owner),
      'sync.get-note': keptNote,
      'sync.get-exception': exception,
      'sync.resolve-exception': exception,
      'sync.get-set-aside': setAside,
      'sync.resolve-set-aside': setAside,
    },
  }
}

/** Those of cashiers who change at one shared till. */
function cashierHints(owner: TestOwner): Hints {
  let shared: ReturnType<typeof enrollDevice> | undefined
  const sharedTill = () => {
    shared ??= enrollDevice(owner)
    return shared
  }
  return {
    'cashiers.switch-cashier device_id': async () => (await sharedTill()).id,
    'cashiers.switch-cashier credential': async () => (await sharedTill()).credential,
    'cashiers.switch-cashier pin': async () => {
      await owner.client.call('tenants.set-till-pin', { pin: '8317' })
      return '8317'
    },
    'cashiers.list-cashiers device_id': async () => (await sharedTill()).id,
    'cashiers.list-cashiers credential': async () => (await sharedTill()).credential,
  }
}

/** A customer whom a device added; without a name it cannot be done. */
async function noteOf(till: OfflineTill, values: { name?: string } = {}) {
  const customer = { kind: 'person', ...values }
  return (await till.note({ kind: 'customer', id: crypto.randomUUID(), customer })).sealed
}

/** A sale of goods that have no price and are not there: it is booked all the same. */
async function saleOf(owner: TestOwner) {
  const { variant } = await makeProduct(owner)
  const { items } = await owner.client.call('payments.list-tenders', { limit: 50 })
  return offlineSale({ variant_id: variant.id, tender_id: items.find(({ code }) => code === 'cash')?.id ?? '' })
}
