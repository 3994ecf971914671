/** What a column holds, and so what may be asked of it. */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'id' | 'day' | 'time'

export interface DatasetColumn {
  readonly kind: ColumnKind
  /** Says something of a person. */
  readonly isPersonal?: true
}

/** Rows that rules are about. A new one is one more object in the list below, and a view of the module that it belongs to. */
export interface Dataset {
  readonly name: string
  /** The published view; beside the columns it has `tenant_id`, `key`, which names a row as text, and `label`, for people. */
  readonly view: string
  /** When a row came to be, where that says how fresh the data are. */
  readonly time: string | null
  readonly columns: Readonly<Record<string, DatasetColumn>>
}

const text = { kind: 'text' } as const
const number = { kind: 'number' } as const
const boolean = { kind: 'boolean' } as const
const id = { kind: 'id' } as const
const day = { kind: 'day' } as const
const time = { kind: 'time' } as const
const personal = { kind: 'text', isPersonal: true } as const

const products: Dataset = {
  name: 'products',
  view: 'catalog.read_checked_product',
  time: 'created_at',
  columns: {
    id,
    name: text,
    kind: text,
    category_id: id,
    unit: text,
    hsn_code: text,
    is_expiry_tracked: boolean,
    is_prescription_only: boolean,
    is_sellable: boolean,
    is_discontinued: boolean,
    created_at: time,
  },
}

const variants: Dataset = {
  name: 'variants',
  view: 'catalog.read_checked_variant',
  time: 'created_at',
  columns: {
    id,
    product_id: id,
    name: text,
    kind: text,
    sku: text,
    barcode: text,
    cost: number,
    cost_currency: text,
    weight_kg: number,
    allows_negative_stock: boolean,
    is_expiry_tracked: boolean,
    is_sellable: boolean,
    is_discontinued: boolean,
    created_at: time,
  },
}

const prices: Dataset = {
  name: 'prices',
  view: 'pricing.read_checked_price',
  time: 'created_at',
  columns: {
    id,
    price_list: text,
    currency: text,
    variant_id: id,
    min_quantity: number,
    unit_price: number,
    valid_from: day,
    valid_until: day,
    created_at: time,
  },
}

const customers: Dataset = {
  name: 'customers',
  view: 'parties.read_checked_customer',
  time: 'created_at',
  columns: {
    id,
    kind: text,
    name: personal,
    code: text,
    email: personal,
    phone: personal,
    group_id: id,
    payment_days: number,
    currency: text,
    created_at: time,
  },
}

const suppliers: Dataset = {
  name: 'suppliers',
  view: 'parties.read_checked_supplier',
  time: 'created_at',
  columns: {
    id,
    kind: text,
    name: personal,
    code: text,
    email: personal,
    phone: personal,
    lead_time_days: number,
    payment_days: number,
    currency: text,
    created_at: time,
  },
}

const batches: Dataset = {
  name: 'batches',
  view: 'inventory.read_checked_batch',
  time: 'created_at',
  columns: {
    id,
    variant_id: id,
    number: text,
    is_expiry_tracked: boolean,
    manufactured_on: day,
    expires_on: day,
    supplier_id: id,
    unit_cost: number,
    is_blocked: boolean,
    on_hand: number,
    created_at: time,
  },
}

const stockLevels: Dataset = {
  name: 'stock_levels',
  view: 'inventory.read_checked_level',
  time: 'updated_at',
  columns: {
    id,
    branch_id: id,
    variant_id: id,
    batch_id: id,
    batch_number: text,
    expires_on: day,
    is_expiry_tracked: boolean,
    on_hand: number,
    reserved: number,
    unit_cost: number,
    updated_at: time,
  },
}

const sales: Dataset = {
  name: 'sales',
  view: 'sales.read_checked_sale',
  time: 'made_at',
  columns: {
    id,
    number: text,
    kind: text,
    branch_id: id,
    customer_id: id,
    channel_id: id,
    currency: text,
    net: number,
    tax: number,
    total: number,
    cost: number,
    data_quality_score: number,
    effective_on: day,
    made_at: time,
    recorded_at: time,
  },
}

const salesLines: Dataset = {
  name: 'sales_lines',
  view: 'sales.read_checked_line',
  time: 'recorded_at',
  columns: {
    sale_id: id,
    line: number,
    variant_id: id,
    name: text,
    sku: text,
    quantity: number,
    list_price: number,
    unit_price: number,
    discount: number,
    net: number,
    tax: number,
    total: number,
    cost: number,
    recorded_at: time,
  },
}

const earlierDocuments: Dataset = {
  name: 'earlier_documents',
  view: 'history.read_checked_document',
  time: 'made_at',
  columns: {
    ...{ id, source: text, number: text, kind: text, branch_id: id, customer_id: id, channel_id: id, currency: text },
    ...{ net: number, tax: number, total: number, cost: number, net_profit: number, line_count: number },
    ...{ data_quality_score: number, is_validated: boolean, import_id: id, effective_on: day, made_at: time },
  },
}

const earlierLines: Dataset = {
  name: 'earlier_lines',
  view: 'history.read_checked_line',
  time: 'happened_at',
  columns: {
    ...{ document_id: id, line: number, kind: text, role: text, branch_id: id, customer_id: id, variant_id: id },
    ...{ name: text, sku: text, quantity: number, unit_price: number, tax_rate: number, net: number, tax: number },
    ...{ total: number, cost: number, effective_on: day, happened_at: time },
  },
}

const importRows: Dataset = {
  name: 'import_rows',
  view: 'imports.read_checked_row',
  time: 'committed_at',
  columns: { import_id: id, target: text, row_number: number, outcome: text, error_code: text, committed_at: time },
}

/** Every dataset, in the order in which they are shown. */
export const datasets: readonly Dataset[] = [
  products,
  variants,
  prices,
  customers,
  suppliers,
  batches,
  stockLevels,
  sales,
  salesLines,
  earlierDocuments,
  earlierLines,
  importRows,
]

export const datasetNames = [
  'products',
  'variants',
  'prices',
  'customers',
  'suppliers',
  'batches',
  'stock_levels',
  'sales',
  'sales_lines',
  'earlier_documents',
  'earlier_lines',
  'import_rows',
] as const
export type DatasetName = (typeof datasetNames)[number]

/** A dataset by a name of the list. */
export function datasetOf(name: string): Dataset {
  const found = datasets.find((one) => one.name === name)
  if (!found) throw new Error(`there is no dataset ${name}`)
  return found
}
