/** What a change is about, as listeners are told of it. */
export interface Noun {
  /** The permission of its list. */
  readonly permission: string
  /** As of an operation: whether whoever works in a part of the tenant is told of all of it, or of what is in their part. */
  readonly reach: 'any' | 'branch' | 'entity'
}

const any = (permission: string): Noun => ({ permission, reach: 'any' })
const branch = (permission: string): Noun => ({ permission, reach: 'branch' })
const entity = (permission: string): Noun => ({ permission, reach: 'entity' })

/** Everything that listeners are told of, by the name it has for them. */
export const nouns = {
  'cash.safe': branch('cash.manage-safe'),
  'cash.session': branch('cash.view-sessions'),
  'catalog.category': any('catalog.view-products'),
  'catalog.product': any('catalog.view-products'),
  'catalog.unit': any('catalog.view-products'),
  'channels.channel': any('channels.view-channels'),
  'counts.count': branch('counts.view-counts'),
  'fx.rate': any('fx.view-rates'),
  'history.document': branch('history.view-documents'),
  'images.image': any('images.view-images'),
  'imports.import': any('imports.read'),
  // Of the whole tenant: an entry that names no legal entity is told to nobody who is confined.
  'integrity.certificate': entity('integrity.view-certificates'),
  'inventory.batch': branch('inventory.view-stock'),
  'inventory.level': branch('inventory.view-stock'),
  'inventory.reservation': branch('inventory.view-reservations'),
  'ledger.account': entity('ledger.view-books'),
  'ledger.journal': entity('ledger.view-books'),
  'parties.group': any('parties.view-parties'),
  'parties.party': any('parties.view-parties'),
  'payments.authorization': branch('payments.view-payments'),
  'payments.tender': any('payments.view-tenders'),
  'pricing.price': any('pricing.view-prices'),
  // Of the whole tenant, as its certificates.
  'quality.rule': entity('quality.read'),
  'quality.run': entity('quality.read'),
  'recalls.recall': any('recalls.view-recalls'),
  'registers.device': branch('registers.view-devices'),
  'registers.register': branch('registers.view-registers'),
  'replenishment.alert': branch('replenishment.view-figures'),
  'replenishment.policy': branch('replenishment.view-figures'),
  'sales.sale': branch('sales.view-sales'),
  'sales.voided-basket': branch('sales.view-sales'),
  'settings.setting': any('settings.view-settings'),
  'sync.exception': branch('sync.view-exceptions'),
  'tax.rate': any('tax.view-rates'),
  'tenants.api-key': any('tenants.manage-api-keys'),
  'tenants.branch': any('tenants.view-tenant'),
  'tenants.employee': any('tenants.manage-employees'),
  'tenants.role': any('tenants.view-tenant'),
  'tenants.tenant': any('tenants.view-tenant'),
  'tickets.ticket': branch('tickets.view-tickets'),
  'transfers.transfer': branch('transfers.view-transfers'),
} as const satisfies Record<string, Noun>

export type NounName = keyof typeof nouns

const ofSale: readonly NounName[] = ['sales.sale', 'cash.session', 'ledger.journal', 'ledger.account']
const ofStock: readonly NounName[] = ['inventory.level', 'inventory.batch', 'ledger.journal', 'ledger.account']
const ofDrawer: readonly NounName[] = ['cash.session', 'cash.safe', 'ledger.journal', 'ledger.account']
const ofReservation: readonly NounName[] = ['inventory.reservation', 'inventory.level', 'inventory.batch']
const ofException: readonly NounName[] = ['sync.exception', 'sales.sale']
const ofBooks: readonly NounName[] = ['ledger.account', 'ledger.journal']

/** What changed with a thing of this type in the audit chain. What is not named here is told to nobody. */
const nounsOfType: Readonly<Record<string, readonly NounName[]>> = {
  account: ['ledger.account'],
  alert: ['replenishment.alert'],
  alert_refresh: ['replenishment.alert'],
  'api-key': ['tenants.api-key'],
  barcode: ['catalog.product'],
  batch: ['inventory.batch', 'inventory.level'],
  books: ofBooks,
  branch: ['tenants.branch'],
  branch_jurisdictions: ['tax.rate'],
  cash_movement: ofDrawer,
  cash_session: ofDrawer,
  category: ['catalog.category'],
  certificate: ['integrity.certificate'],
  channel: ['channels.channel'],
  count: ['counts.count'],
  customer_group: ['parties.group'],
  device: ['registers.device'],
  employee: ['tenants.employee'],
  entity: ['tenants.tenant', 'tenants.branch'],
  exchange: ofSale,
  history_document: ['history.document'],
  image: ['images.image', 'catalog.product'],
  import: ['imports.import'],
  import_file: ['imports.import'],
  import_template: ['imports.import'],
  journal: ofBooks,
  level: ofStock,
  market: ['channels.channel'],
  pack: ['catalog.product'],
  party: ['parties.party'],
  party_address: ['parties.party'],
  party_contact: ['parties.party'],
  party_role: ['parties.party'],
  party_tax_number: ['parties.party'],
  payment_authorization: ['payments.authorization'],
  policy: ['replenishment.policy'],
  posting: ofStock,
  price: ['pricing.price'],
  price_list: ['pricing.price'],
  product: ['catalog.product'],
  quality_rule: ['quality.rule'],
  quality_run: ['quality.run'],
  quarantine: ofReservation,
  rate: ['fx.rate'],
  recall: ['recalls.recall'],
  receipt_print: ['sales.sale'],
  recount: ['counts.count'],
  refund: ofSale,
  region: ['tenants.tenant', 'tenants.branch'],
  register: ['registers.register'],
  reservation: ofReservation,
  role: ['tenants.role'],
  safe_movement: ofDrawer,
  sale: ofSale,
  set_aside_slip: ofException,
  setting: ['settings.setting'],
  sync_exception: ofException,
  sync_resolution: ofException,
  tax_class: ['tax.rate'],
  tax_classes: ['tax.rate'],
  tax_jurisdiction: ['tax.rate'],
  tax_rate: ['tax.rate'],
  tenant: ['tenants.tenant'],
  tender: ['payments.tender'],
  tenders: ['payments.tender'],
  ticket: ['tickets.ticket'],
  transfer: ['transfers.transfer'],
  unit: ['catalog.unit'],
  units: ['catalog.unit'],
  variant: ['catalog.product'],
  voided_basket: ['sales.voided-basket'],
}

/** The types of the audit chain that listeners are told of. */
export const knownTypes: readonly string[] = Object.keys(nounsOfType)

/** The nouns that changed with a thing of this type. */
export function nounsOf(type: string | null): readonly NounName[] {
  return type !== null && Object.hasOwn(nounsOfType, type) ? (nounsOfType[type] ?? []) : []
}

/** True for what a job does in all branches at once: where no branch is named, it was in all of them. */
export function isOfAll(type: string | null): boolean {
  return type === 'alert_refresh'
}
