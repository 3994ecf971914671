import { expect, test } from 'vitest'
import { uuidv7 } from '../platform/identifiers.ts'
import { now } from '../platform/time.ts'
import { writeZReport } from './write-z-report.ts'

const id = uuidv7()
const report: Parameters<typeof writeZReport>[0] = {
  session: {
    ...{
      id,
      number: '12',
      register_id: id,
      branch_id: id,
      currency: 'MAD',
      status: 'closed',
      reconciliation: 'closed',
    },
    ...{
      float_amount: '500',
      ...{ variance_threshold: '50', pay_out_limit: '50' },
      is_blind: false,
      late_of: null,
      offline_transaction_count: 3,
      opened_by: id,
      closed_by: id,
    },
    ...{ opened_at: now(), closed_at: now(), created_at: now(), updated_at: now(), version: 5 },
  },
  register_code: 'R1',
  register_name: '<b>Front</b>',
  branch_name: 'Casablanca',
  at: now(),
  tenders: [
    {
      tender_kind: 'cash',
      movements: [
        { document_type: 'cash_float', entries: 1, received: '500', given: '0' },
        { document_type: 'sale', entries: 2, received: '1760.5', given: '20' },
      ],
      ...{ expected: '2240.5', counted: '2180.5', variance: '-60', written_off: '-60', balance: '0' },
    },
  ],
  ...{ expected: '2240.5', counted: '2180.5', variance: '-60', offline_transaction_count: 3 },
  sales: {
    ...{ sales: 12, refunds: 1, exchanges: 0, offline: 3, first_number: 'R1-000004', last_number: 'R1-000016' },
    ...{
      gross: '1800.5',
      discount: '40',
      net: '1467.08',
      tax: '293.42',
      total: '1760.5',
      refunded: '-20',
      rounding: '0.5',
    },
    taxes: [{ name: 'TVA', rate: '20', base: '1467.08', tax: '293.42' }],
    cashiers: [{ employee_id: id, receipts: 13, total: '1760.5' }],
    voids: { baskets: 2, total: '75' },
  },
  movements: [],
  denominations: [{ value: '200', quantity: 10 }],
  steps: [
    {
      ...{ number: 5, action: 'write_off', reason: 'Not found', amount_impact: '60', detail: {}, journal_id: id },
      ...{ actor_id: id, recorded_at: now() },
    },
  ],
}

const names = new Map([[id, 'Amina <Alaoui>']])
const write = (locale: string) => writeZReport(report, { locale, timeZone: 'Africa/Casablanca', minorUnit: 2, names })

test('a final report is written in the language and with the numbers of its reader, and names stay text', () => {
  const english = write('en-GB')
  for (const text of ['Final report (Z) 12', '1,740.50', '2,240.50', '-60.00', 'Sales (2)', '200.00 × 10', '2,000.00'])
    expect(english).toContain(text)
  for (const text of [
    'R1-000004 – R1-000016',
    'TVA 20 % × 1,467.08',
    '293.42',
    'Baskets given up (2)',
    'Rounding of cash',
  ])
    expect(english).toContain(text)
  for (const text of ['Amina &lt;Alaoui&gt; (13)', 'Amina &lt;Alaoui&gt; · Not found']) expect(english).toContain(text)
  expect(english).toContain('&lt;b&gt;Front&lt;/b&gt;')
  expect(english).not.toContain('<script')
  expect(write('fr-MA')).toContain('Rapport de clôture (Z) 12')
  expect(write('fr-MA')).toContain('Passage en perte ou profit · ')
  for (const text of ['Informe de cierre', 'Cestas abandonadas (2)']) expect(write('es-MX')).toContain(text)
  const arabic = write('ar-MA')
  expect(arabic).toContain('<html lang="ar" dir="rtl">')
  expect(arabic).toContain('الفرق')
  expect(arabic).toContain('شطب · ')
  expect(write('ja-JP')).toContain('<html lang="en" dir="ltr">')
})
