import type { Field, Option } from '../imports/index.ts'

type Words = readonly [en: string, fr: string, ar: string]

const list = (text: string) => text.split(',').map((one) => one.trim())

const field = (
  name: string,
  kind: Field['kind'],
  description: string,
  [en, fr, ar]: Words,
  is_required = false,
): Field => ({
  name,
  kind,
  description,
  is_required,
  synonyms: { en: list(en), fr: list(fr), ar: list(ar) },
})

const ofDocument = ' Of the document: rows that give it say the same, and it counts once.'

/** The columns of a file of invoice lines. */
export const saleFields: readonly Field[] = [
  field(
    'number',
    'code',
    'The number of the invoice or receipt; its rows are one document.',
    [
      'invoice no, invoice number, invoice, receipt, receipt number, order, order number, document number, transaction id',
      'facture, numéro de facture, n° facture, ticket, numéro de ticket, commande, numéro de document',
      'رقم الفاتورة, الفاتورة, رقم الإيصال, رقم الطلب',
    ],
    true,
  ),
  field(
    'made_at',
    'moment',
    'The day, or the day and time, in the time zone of the branch.',
    [
      'invoice date, date, sale date, order date, transaction date, time, timestamp, sold on',
      'date, date de facture, date de vente, date de commande, horodatage',
      'التاريخ, تاريخ الفاتورة, تاريخ البيع',
    ],
    true,
  ),
  field('sku', 'code', 'The SKU or barcode of what was sold; capital and small letters are told apart.', [
    'stock code, sku, product code, item code, article, item number, barcode, ean',
    'code article, référence, sku, code produit, code-barres',
    'رمز المنتج, رمز الصنف, الباركود',
  ]),
  field('name', 'text', 'What was sold, as it was printed.', [
    'description, product, product name, item, item name, name',
    'désignation, description, produit, libellé, article',
    'الوصف, المنتج, اسم الصنف',
  ]),
  field(
    'quantity',
    'quantity',
    'How many, in the unit of the product; below zero for what came back.',
    ['quantity, qty, units, units sold, quantity sold', 'quantité, qté, nombre', 'الكمية, العدد'],
    true,
  ),
  field(
    'unit_price',
    'amount',
    'The price of one, with or without tax as the option says.',
    [
      'unit price, price, unitprice, selling price, price each',
      'prix unitaire, prix, pu, prix de vente',
      'سعر الوحدة, السعر',
    ],
    true,
  ),
  field('discount', 'amount', 'Off the line, not each.', ['discount, discounts, rebate', 'remise, rabais', 'الخصم']),
  field('tax_rate', 'percentage', 'In percent.', [
    'tax rate, vat rate, vat, tax percent',
    'taux de tva, tva, taux de taxe',
    'نسبة الضريبة',
  ]),
  field('tax', 'amount', 'The tax of the line.', [
    'tax, tax amount, vat amount, taxes',
    'montant tva, taxe',
    'الضريبة',
  ]),
  field('unit_cost', 'amount', 'What one cost the shop, without tax.', [
    'unit cost, cost, cost of goods, purchase price',
    'coût unitaire, coût, prix d’achat, prix de revient',
    'التكلفة, سعر الشراء',
  ]),
  field('customer', 'code', `The code of the customer; none where nobody knows who bought.${ofDocument}`, [
    'customer id, customer, customer code, customer number, client id, account',
    'client, code client, numéro client, n° client, id client',
    'العميل, رمز العميل, رقم العميل',
  ]),
  field('original', 'code', `Of what came back: the number of the sale.${ofDocument}`, [
    'original invoice, refund of, original number, credit of',
    'facture d’origine, avoir sur',
    'الفاتورة الأصلية',
  ]),
  field('channel', 'code', `The name of the channel that sold it.${ofDocument}`, [
    'channel, sales channel, platform, marketplace',
    'canal, canal de vente, plateforme',
    'القناة, قناة البيع',
  ]),
  field('currency', 'code', `ISO 4217; that of the legal entity unless given.${ofDocument}`, [
    'currency, currency code',
    'devise, monnaie',
    'العملة',
  ]),
  field(
    'fx_rate',
    'amount',
    `What one of the currency was worth in that of the legal entity; the rate of the day unless given.${ofDocument}`,
    ['exchange rate, fx rate, conversion rate', 'taux de change, cours de change', 'سعر الصرف'],
  ),
  field('platform_fees', 'amount', `What the channel kept of the whole document.${ofDocument}`, [
    'platform fees, fees, commission, channel fees',
    'frais de plateforme, commission, frais',
    'رسوم المنصة, العمولة',
  ]),
  field('shipping_cost', 'amount', `What sending the whole document cost the shop.${ofDocument}`, [
    'shipping cost, shipping, postage, freight',
    'frais de port, frais d’expédition, livraison',
    'تكلفة الشحن, الشحن',
  ]),
  field('data_quality_score', 'percentage', `How far the document is to be trusted, from 0 to 100.${ofDocument}`, [
    'data quality score, quality score, data quality',
    'score de qualité, qualité des données',
    'درجة الجودة, جودة البيانات',
  ]),
  field('is_validated', 'boolean', `Whether somebody has validated the document.${ofDocument}`, [
    'validated, is validated, verified',
    'validé, validée, vérifié',
    'تم التحقق, معتمد',
  ]),
  field(
    'validation_notes',
    'text',
    `What was said when it was validated; stays for ever: no names of persons.${ofDocument}`,
    [
      'validation notes, validation note, validation comment',
      'notes de validation, commentaire de validation',
      'ملاحظات التحقق',
    ],
  ),
  field('note', 'text', `Stays for ever: no names of persons.${ofDocument}`, [
    'notes, note, comment, comments, remarks',
    'notes, note, remarque, commentaire, observations',
    'ملاحظات, ملاحظة, تعليق',
  ]),
]

/** What is asked beside the columns. */
export const saleOptions: readonly Option[] = [
  { name: 'branch_id', kind: 'id', description: 'The branch that sold.', needed: {} },
  {
    name: 'source',
    kind: 'text',
    description: 'The system that the numbers are of: two systems may give the same number. “import” unless given.',
  },
  {
    name: 'ledger',
    kind: 'choice',
    choices: ['none', 'at_its_date'],
    description: 'Post each document in the books on its own day, or not at all.',
  },
  {
    name: 'stock',
    kind: 'choice',
    choices: ['none', 'move'],
    description: 'Move the stock of today, or leave it: what was sold has left already.',
  },
  { name: 'is_price_with_tax', kind: 'boolean', description: 'Whether prices are with tax. They are unless told.' },
  {
    name: 'unknown_products',
    kind: 'choice',
    choices: ['refuse', 'make'],
    description: 'What to do with rows of goods that are not there: refuse them, or make the goods.',
  },
  {
    name: 'unknown_customers',
    kind: 'choice',
    choices: ['refuse', 'make', 'leave_out'],
    description: 'What to do with customers who are not there: refuse their rows, make them, or sell to nobody.',
  },
  { name: 'tax_class_id', kind: 'id', description: 'The tax class of goods that are made.' },
  {
    name: 'service_codes',
    kind: 'text',
    description:
      'Codes of what is no goods, divided by commas, such as POST, DOT: made as services, which have no stock.',
  },
  {
    name: 'credit_prefix',
    kind: 'text',
    description:
      'What the numbers of documents begin with that take goods back without saying of which sale, such as C.',
  },
  {
    name: 'adjustment_prefix',
    kind: 'text',
    description: 'What the numbers of documents begin with that adjust the books and sell nothing, such as A.',
  },
]
