import type { Receipt } from '../../server/receipts/index.ts'

/** A receipt of two lines, one with a discount, paid in cash; whatever is given stands in for it. */
export function receiptOf(more: Partial<Receipt> = {}): Receipt {
  const seller = {
    legal_name: 'Épicerie du Port SARL',
    tax_number: '001234567000089',
    branch_name: 'Épicerie du Port',
    address: '12, rue des Consuls\nRabat',
    phone: '+212 537 00 00 00',
  }
  const line = { sku: null, unit: null, discount: '0.00', batches: [] }
  return {
    kind: 'sale',
    number: 'R1-000123',
    original_number: null,
    copy: null,
    made_at: new Date('2026-03-10T12:34:56Z'),
    time_zone: 'Africa/Casablanca',
    currency: 'MAD',
    minor_unit: 2,
    seller,
    register: 'R1',
    cashier: 'Naïma',
    customer: null,
    prices_include_tax: true,
    lines: [
      {
        ...line,
        name: 'Thé vert à la menthe',
        sku: 'TEA-1',
        quantity: '2.000000',
        unit_price: '24.50',
        amount: '49.00',
      },
      { ...line, name: 'Pommes', quantity: '0.375', unit: 'kg', unit_price: '18', discount: '5.75', amount: '1.00' },
    ],
    discount: '5.75',
    net: '41.67',
    tax: '8.33',
    rounding: '0.00',
    total: '50.00',
    taxes: [{ name: 'TVA', rate: '20.000000', base: '41.67', tax: '8.33' }],
    payments: [{ name: 'Espèces', amount: '100.00', reference: null }],
    change: '50.00',
    ...more,
  }
}
