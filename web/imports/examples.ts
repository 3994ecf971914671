import { csvOf, download } from '../ui/csv.ts'

/** Rows that show how a file of each target may look, by field. */
const rows: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  products: [
    {
      ...{ name: 'Olive oil soap 200 g', sku: 'SOAP-200', barcodes: '6111000000014', category: 'Care > Soap' },
      ...{ price: '24.90', quantity: '40', unit_cost: '12.50', batch_number: 'L-2041', expires_on: '2030-06-30' },
    },
    {
      ...{ name: 'Green tea 500 g', sku: 'TEA-500', barcodes: '6111000000021', category: 'Food > Tea' },
      ...{ price: '39.00', quantity: '12', unit_cost: '21.00', batch_number: '', expires_on: '' },
    },
  ],
  customers: [
    {
      ...{ code: 'C-1001', name: 'Amina Alaoui', email: 'amina@example.org', phone: '+212 522 00 00 01' },
      ...{ street: '1 rue Atlas', postal_code: '20000', city: 'Casablanca', country: 'MA' },
    },
  ],
  suppliers: [
    {
      ...{ code: 'S-201', name: 'Example Wholesale', email: 'orders@example.org', phone: '+212 522 00 00 02' },
      ...{ city: 'Rabat', country: 'MA', payment_days: '60', currency: 'MAD', lead_time_days: '3' },
      ...{ minimum_order: '1000' },
    },
  ],
  sales: [
    {
      ...{ number: 'F-1001', made_at: '2025-03-14 10:24', sku: 'SOAP-200', name: 'Olive oil soap 200 g' },
      ...{ quantity: '2', unit_price: '24.90', tax_rate: '20', customer: 'C-1001' },
    },
    {
      ...{ number: 'F-1001', made_at: '2025-03-14 10:24', sku: 'TEA-500', name: 'Green tea 500 g' },
      ...{ quantity: '1', unit_price: '39.00', tax_rate: '20', customer: 'C-1001' },
    },
  ],
  'fx-rates': [{ base: 'EUR', quote: 'MAD', quoted_on: '2026-01-05', rate: '10.75' }],
  'tax-rates': [
    {
      ...{ jurisdiction: 'MA', tax_class: 'standard', name: 'TVA', rate: '20', valid_from: '2030-01-01' },
      ...{ valid_through: '' },
    },
  ],
}

/** Whether there is an example of a target. */
export const hasExample = (target: string) => rows[target] !== undefined

/** Gives the person an example file of a target; its columns are called as the screens call the fields. */
export function downloadExample(target: string, nameOf: (field: string) => string): void {
  const of = rows[target] ?? []
  const fields = Object.keys(of[0] ?? {})
  const table = [fields.map(nameOf), ...of.map((row) => fields.map((field) => row[field] ?? ''))]
  download(`${target}.csv`, csvOf(table))
}
