import { daysAfter, later } from '../platform/time.ts'
import type { Call } from './calls.ts'
import { type Goods, known } from './goods.ts'

interface Place {
  readonly branchId: string
  readonly secondBranchId: string
  readonly supplierId: string
  readonly range: readonly Goods[]
  readonly today: string
}

/** A delivery of a variant, with the days until it expires. */
const deliveries = [
  { index: 1, number: 'E3041', days: 12, quantity: '9' },
  { index: 3, number: 'E3055', days: 25, quantity: '18' },
  { index: 6, number: 'E3102', days: 58, quantity: '24' },
  { index: 2, number: 'D2977', days: -6, quantity: '4' },
] as const

/** What is done with stock: received, some of it soon to expire; on its way, counted, recalled, inspected, and reordered in time. */
export async function keepStock(call: Call, { branchId, secondBranchId, supplierId, range, today }: Place) {
  const variant = (index: number) => range[index]?.variant_id ?? ''
  const branch_id = branchId
  await call('inventory.receive-stock', {
    ...{ branch_id, supplier_id: supplierId, document_number: 'BL-20418', accepts_expired: true },
    note: 'Un lot est arrivé périmé : à rendre',
    lines: deliveries.map(({ index, number, days, quantity }) => ({
      ...{ variant_id: variant(index), quantity, unit_cost: range[index]?.cost ?? '0' },
      ...{ batch_number: number, expires_on: daysAfter(today, days) },
    })),
  })
  const planned = await call('transfers.create-transfer', {
    ...{ from_branch_id: branchId, to_branch_id: secondBranchId, notes: 'Pour la semaine' },
    lines: [7, 12, 13].map((index) => ({ variant_id: variant(index), quantity: '6' })),
  })
  const sent = await call('transfers.dispatch-transfer', { id: planned.id, version: planned.version })
  const stocktake = await call('counts.create-count', { branch_id, variant_ids: [variant(16), variant(17)] })
  await call('counts.enter-lines', { id: stocktake.id, lines: [{ variant_id: variant(16), quantity: '78' }] })
  const recall = await call('recalls.open-recall', {
    ...{ severity: 'class_2', reason: 'Défaut du flacon', supplier_id: supplierId, lot_numbers: ['E3102'] },
  })
  const { items: batches } = await call('inventory.list-batches', { variant_id: variant(3) })
  const batch = known(batches, ({ number }) => number === 'E3055', 'batch')
  await call('inventory.quarantine-stock', {
    ...{ branch_id, reason: 'inspection' },
    lines: [{ variant_id: variant(3), batch_id: batch.id, quantity: '2' }],
  })
  for (const [index, reorder_point] of [
    [13, '60'],
    [14, '12'],
    [18, '40'],
    [4, '20'],
  ] as const)
    await call('replenishment.create-policy', {
      ...{ branch_id, variant_id: variant(index), valid_from: today, reorder_point, reorder_quantity: '40' },
      supplier_id: supplierId,
    })
  await call('replenishment.refresh-alerts', { branch_id })
  return { transferId: sent.id, countId: stocktake.id, recallId: recall.id, batchId: batch.id }
}

/** Prices of their own for a group of customers. */
export async function priceForGroup(call: Call, { range, today }: Pick<Place, 'range' | 'today'>) {
  const group = await call('parties.create-group', { code: 'COLL', name: 'Collectivités' })
  const list = await call('pricing.create-price-list', {
    ...{ code: 'COLL', name: 'Collectivités', currency: 'MAD', includes_tax: true, customer_group_id: group.id },
  })
  const [boxes, plasters] = [range[19], range[16]]
  for (const [goods, unit_price] of [
    [boxes, '39.00'],
    [plasters, '11.00'],
  ] as const)
    if (goods)
      await call('pricing.create-price', {
        ...{ price_list_id: list.id, variant_id: goods.variant_id, unit_price, valid_from: today },
      })
  return { groupId: group.id, priceListId: list.id }
}

const yearMs = 365 * 86_400_000

/** Who may do what here beside those who are there already, what has to be true of the data, and reports for every day. */
export async function runOffice(call: Call, { branchId, plannedAt }: { branchId: string; plannedAt: Date }) {
  const role = await call('tenants.create-role', {
    ...{ name: 'Comptoir', permissions: ['sales.sell', 'sales.view-sales'] },
  })
  await call('tenants.create-api-key', {
    ...{ name: 'Boutique en ligne', permissions: ['catalog.view-products'] },
    expires_at: later(plannedAt, yearMs).toISOString(),
  })
  const device = await call('registers.enroll-device', { branch_id: branchId, name: 'Tablette de réserve' })
  await call('quality.add-presets', {})
  await call('quality.run-rules', {})
  for (const { report, name, parameters } of [
    { report: 'takings', name: 'Encaissements des 7 derniers jours', parameters: { period: 'last_7_days' } },
    { report: 'best-sellers', name: 'Meilleures ventes de la semaine', parameters: { period: 'last_7_days' } },
    { report: 'expiring-stock', name: 'Lots qui périment bientôt', parameters: {} },
  ] as const)
    await call('reports.save-report', { report, name, parameters, is_shared: true })
  const certificate = await call('integrity.create-certificate', {})
  return { roleId: role.id, deviceId: device.id, certificateId: certificate.id }
}
