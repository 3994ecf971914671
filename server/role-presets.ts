import type pg from 'pg'
import { inPlatformChain, record } from './platform/migrate.ts'
import { type BusinessType, businessTypes, loadRolePresets, type RolePreset } from './tenants/index.ts'

/** The ready-made roles that a tenant begins with, by its business type; the owner's is first in each. */
const rolesOf = {
  pharmacy: ['owner', 'manager', 'pharmacist', 'cashier', 'accountant', 'auditor'],
  retail: ['owner', 'admin', 'manager', 'cashier', 'accountant'],
  restaurant: ['owner', 'manager', 'cashier', 'waiter', 'kitchen', 'accountant'],
  service: ['owner', 'manager', 'cashier', 'accountant'],
  wholesale: ['owner', 'admin', 'operator', 'vendor', 'retailer', 'accountant'],
  manufacturing: ['owner', 'admin', 'manager', 'operator', 'viewer', 'accountant'],
} as const satisfies Record<BusinessType, readonly string[]>

type RoleName = (typeof rolesOf)[BusinessType][number]

const floor = ['cashier', 'waiter', 'kitchen', 'pharmacist', 'operator'] as const

/** Who holds each permission, beside the owner and the admin, who hold all. A permission of a new module is one line more. */
const holders: Readonly<Record<string, readonly RoleName[]>> = {
  'tenants.view-tenant': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'tenants.manage-tenant': [],
  'tenants.manage-branches': ['manager'],
  'tenants.manage-employees': ['manager'],
  'tenants.manage-roles': [],
  'tenants.manage-api-keys': [],

  'audit.view-entries': ['auditor'],
  'audit.view-verifications': ['auditor'],
  'audit.create-checkpoint': ['auditor'],
  'audit.export-entries': ['auditor'],

  'integrity.view-certificates': ['manager', 'accountant', 'auditor'],
  'integrity.create-certificate': ['manager', 'accountant', 'auditor'],

  'ledger.view-books': ['manager', 'accountant', 'auditor', 'viewer'],
  'ledger.open-books': ['accountant'],
  'ledger.manage-accounts': ['accountant'],
  'ledger.post-journals': ['accountant'],
  'ledger.reverse-journals': ['accountant'],
  'ledger.close-periods': ['accountant'],
  'ledger.reopen-periods': [],

  'fx.view-rates': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'fx.record-rates': ['accountant'],

  'tax.view-rates': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'tax.manage-rates': ['accountant'],
  'tax.calculate': ['manager', ...floor, 'accountant'],

  'catalog.view-products': ['manager', ...floor, 'vendor', 'retailer', 'accountant', 'auditor', 'viewer'],
  'catalog.manage-products': ['manager', 'pharmacist', 'operator'],
  'catalog.view-costs': ['manager', 'accountant', 'auditor'],
  'catalog.manage-costs': ['manager', 'accountant'],

  'images.view-images': ['manager', ...floor, 'vendor', 'retailer', 'accountant', 'auditor', 'viewer'],
  'images.manage-images': ['manager', 'pharmacist', 'operator'],

  'imports.read': ['manager', 'accountant', 'auditor'],
  'imports.read-files': ['manager'],
  'imports.run': ['manager'],
  'imports.undo': ['manager'],

  'channels.view-channels': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'channels.manage-channels': ['manager'],

  'pricing.view-prices': ['manager', ...floor, 'vendor', 'retailer', 'accountant', 'auditor', 'viewer'],
  'pricing.manage-prices': ['manager'],

  'parties.view-parties': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'parties.manage-parties': ['manager', 'pharmacist', 'cashier', 'operator', 'accountant'],
  'parties.manage-terms': ['manager', 'operator', 'accountant'],
  'parties.approve-parties': ['manager'],
  'parties.anonymise-parties': [],

  'inventory.view-stock': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'inventory.receive-stock': ['manager', 'pharmacist', 'operator'],
  'inventory.adjust-stock': ['manager', 'pharmacist', 'operator'],
  'inventory.write-off-stock': ['manager', 'pharmacist', 'operator'],
  'inventory.return-stock': ['manager', 'pharmacist', 'operator'],
  'inventory.view-reservations': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'inventory.reserve-stock': ['manager', 'cashier', 'pharmacist', 'operator'],
  'inventory.quarantine-stock': ['manager', 'pharmacist', 'operator'],
  'inventory.release-from-quarantine': ['manager', 'pharmacist'],
  'inventory.manage-batches': ['manager', 'pharmacist', 'operator'],
  'inventory.block-batches': ['manager', 'pharmacist'],

  'recalls.view-recalls': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'recalls.manage-recalls': ['manager', 'pharmacist'],
  'recalls.trace-batches': ['manager', 'pharmacist', 'auditor'],

  'labels.print-labels': ['manager', 'pharmacist', 'cashier', 'operator'],

  'transfers.view-transfers': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'transfers.view-values': ['manager', 'accountant', 'auditor'],
  'transfers.send-transfers': ['manager', 'pharmacist', 'operator'],
  'transfers.receive-transfers': ['manager', 'pharmacist', 'operator', 'cashier'],
  'transfers.write-off-shortages': ['manager', 'accountant'],

  'replenishment.view-figures': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'replenishment.manage-policies': ['manager', 'pharmacist'],
  'replenishment.manage-alerts': ['manager', 'pharmacist', 'operator'],

  'valuation.view-values': ['manager', 'accountant', 'auditor'],
  'counts.view-counts': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'counts.enter-counts': ['manager', ...floor],
  'counts.manage-counts': ['manager', 'pharmacist', 'operator'],
  'counts.approve-count': ['manager'],

  'registers.view-registers': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'registers.manage-registers': ['manager'],
  'registers.view-devices': ['manager', ...floor, 'auditor', 'viewer'],
  'registers.enroll-devices': ['manager'],
  'registers.bind-devices': ['manager'],
  'registers.revoke-devices': ['manager'],

  'cash.view-sessions': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator', 'accountant', 'auditor', 'viewer'],
  'cash.open-session': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator'],
  'cash.move-cash': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator'],
  'cash.count-session': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator'],
  'cash.manage-sessions': ['manager'],
  'cash.override-certificate': ['manager'],
  'cash.manage-safe': ['manager', 'accountant'],
  'cash.approve-variance': ['manager', 'accountant'],

  'tickets.view-tickets': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator', 'auditor'],
  'tickets.park-tickets': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator'],
  'tickets.discard-tickets': ['manager', 'pharmacist'],
  'sync.push': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator'],
  'sync.view-certificates': [
    'manager',
    'cashier',
    'waiter',
    'pharmacist',
    'operator',
    'accountant',
    'auditor',
    'viewer',
  ],
  'sync.recover-queues': ['manager'],
  'sync.view-exceptions': ['manager', 'pharmacist', 'accountant', 'auditor', 'viewer'],
  'sync.resolve-exceptions': ['manager', 'pharmacist'],

  'sales.view-sales': ['manager', 'pharmacist', 'cashier', 'waiter', 'operator', 'accountant', 'auditor', 'viewer'],
  'sales.print-receipts': ['manager', 'pharmacist', 'cashier', 'waiter', 'operator', 'accountant'],
  'sales.sell': ['manager', 'pharmacist', 'cashier', 'waiter', 'operator'],
  'sales.discount': ['manager', 'pharmacist', 'cashier', 'waiter', 'operator'],
  'sales.discount-any': ['manager'],
  'sales.override-price': ['manager', 'pharmacist'],
  'sales.override-any-price': ['manager'],
  'sales.refund': ['manager', 'pharmacist'],
  'sales.refund-otherwise': ['manager'],
  'sales.void-baskets': ['manager', 'pharmacist', 'cashier', 'waiter', 'operator'],

  'history.view-documents': ['manager', 'accountant', 'auditor', 'viewer'],
  'history.record-documents': ['manager', 'accountant'],
  'history.reverse-documents': ['manager', 'accountant'],

  'assortment.keep-goods': ['manager', 'pharmacist', 'cashier', 'waiter', 'operator'],
  'assortment.keep-customers': ['manager', 'pharmacist', 'cashier', 'waiter', 'operator'],

  'payments.view-tenders': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'payments.manage-tenders': ['manager'],
  'payments.view-payments': ['manager', ...floor, 'accountant', 'auditor', 'viewer'],
  'payments.take-payments': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator'],
  'payments.refund-payments': ['manager', 'pharmacist'],
  'payments.reverse-authorizations': ['manager', 'cashier', 'waiter', 'pharmacist', 'operator'],

  'reports.read-sales': ['manager', 'accountant', 'auditor', 'viewer'],
  'reports.read-stock': ['manager', 'pharmacist', 'operator', 'accountant', 'auditor', 'viewer'],
  'reports.read-cash': ['manager', 'accountant', 'auditor'],
  'reports.manage-saved': ['manager', 'accountant'],
  'quality.read': ['manager', 'accountant', 'auditor'],
  'quality.manage-rules': ['manager'],
  'quality.write-sql': [],
  'quality.run': ['manager', 'auditor'],

  'settings.view-settings': ['manager', 'auditor'],
  'settings.manage-settings': ['manager'],
}

/** The ready-made roles with their permissions. The owner holds `*`: what later versions bring, too. */
export const rolePresets: readonly RolePreset[] = [...new Set(businessTypes.flatMap((type) => rolesOf[type]))].map(
  (name) => ({
    name,
    business_types: businessTypes.filter((type) => (rolesOf[type] as readonly RoleName[]).includes(name)),
    permissions: permissionsOf(name),
  }),
)

/** The permissions that the ready-made roles know of; a test holds them against those that operations ask for. */
export const presetPermissions: readonly string[] = Object.keys(holders)

/**
 * Brings the ready-made roles of a database up to this code, within `withOwner`; answers with the names of those that were
 * added or changed. Each has an entry in the platform's chain: who holds it may do something else from then on.
 */
export async function loadPresets(
  owner: pg.ClientBase,
  presets: readonly RolePreset[] = rolePresets,
): Promise<string[]> {
  const changed: string[] = []
  await inPlatformChain(owner, async () => {
    const things = await loadRolePresets(owner, presets)
    await record(owner, { event: 'platform.load-role-presets', type: 'role_preset', things })
    changed.push(...things.map(({ id }) => id))
  })
  return changed
}

function permissionsOf(name: RoleName): string[] {
  if (name === 'owner') return ['*']
  const held = Object.entries(holders).filter(([, names]) => name === 'admin' || names.includes(name))
  return held.map(([permission]) => permission)
}
