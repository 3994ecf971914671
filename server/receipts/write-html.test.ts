import { expect, test } from 'vitest'
import { receiptOf } from '../../tests/harness/receipts.ts'
import { writeHtml } from './write-html.ts'

/** The page as people read it, a block a line. */
function readPage(html: string): string[] {
  const body = html.slice(html.indexOf('<body>') + 6, html.indexOf('</body>'))
  return body
    .replaceAll(/<svg[\s\S]*?<\/svg>/g, '')
    .replaceAll('</span><span>', ' | ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/[\u00a0\u202f]/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

test('a receipt tells what was bought, what tax is in it and what was paid, in French', () => {
  expect(readPage(writeHtml(receiptOf(), 'fr-MA'))).toEqual([
    'Épicerie du Port',
    'Épicerie du Port SARL',
    '12, rue des Consuls',
    'Rabat',
    'Identifiant fiscal 001234567000089',
    'Tél. +212 537 00 00 00',
    'Ticket de caisse',
    'N° | R1-000123',
    expect.stringMatching(/^Date \| 10\/03\/2026,? 12:34:56$/),
    'Caisse | R1',
    'Servi par | Naïma',
    'Thé vert à la menthe',
    'TEA-1',
    '2 × 24,50 | 49,00',
    'Pommes',
    '0,375 kg × 18,00 | 6,75',
    'Remise | -5,75',
    'Total HT | 41,67',
    'TVA 20 % sur 41,67 | 8,33',
    'Total TTC MAD | 50,00',
    'Remises en tout | 5,75',
    'Espèces | 100,00',
    'Rendu | 50,00',
    'Prix toutes taxes comprises',
    'Merci de votre visite',
  ])
})

test('whatever names hold stays text, and the page runs and fetches nothing', () => {
  const evil = `<script>alert(1)</script><img src=x onerror='alert(2)'>"&`
  const [line] = receiptOf().lines
  if (!line) throw new Error('a receipt without lines')
  const seller = { ...receiptOf().seller, branch_name: evil, legal_name: evil, address: evil, tax_number: evil }
  const html = writeHtml(
    receiptOf({
      seller,
      ...{ number: 'R1-1', cashier: evil, customer: evil, register: evil },
      lines: [{ ...line, name: evil, sku: evil, unit: evil, batches: [{ number: evil, expires_on: null }] }],
      taxes: [{ name: evil, rate: '20', base: '1.00', tax: '0.20' }],
      payments: [{ name: evil, amount: '1.00', reference: evil }],
    }),
    'en',
  )
  expect(html.match(/<(script|img)/g)).toBeNull()
  expect(html.match(/onerror='/g)).toBeNull()
  expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThanOrEqual(11)
  expect(html).toContain("default-src 'none'")
  expect(html.match(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/g)).toBeNull()
})

test('amounts are written to their last digit, with the decimals of the currency', () => {
  const page = readPage(
    writeHtml(receiptOf({ currency: 'KWD', minor_unit: 3, total: '999999999999999.125', rounding: '-0.005' }), 'en'),
  )
  expect(page).toContain('Total KWD | 999,999,999,999,999.125')
  expect(page).toContain('Cash rounding | -0.005')
  expect(readPage(writeHtml(receiptOf({ currency: 'JPY', minor_unit: 0, total: '1250' }), 'en'))).toContain(
    'Total JPY | 1,250',
  )
})

test('Arabic runs from right to left, and each name and number in its own direction', () => {
  const html = writeHtml(receiptOf({ copy: 2 }), 'ar-MA')
  expect(html).toContain('<html lang="ar" dir="rtl">')
  expect(html).toContain('<span><bdi>المجموع MAD</bdi></span>')
  expect(readPage(html).filter((line) => line === 'نسخة 2')).toHaveLength(2)
  expect(html).toContain('<bdi dir="rtl">الهاتف \u{2068}+212 537 00 00 00\u{2069}</bdi>')
})

test('a copy and what came back say so, in words of English where a language is not known', () => {
  const page = readPage(writeHtml(receiptOf({ kind: 'refund', copy: 3, original_number: 'R1-000120' }), 'de-CH'))
  expect(page).toContain('Refund')
  expect(page).toContain('For receipt | R1-000120')
  expect(page.filter((line) => line === 'COPY 3')).toHaveLength(2)
})
