import type { Field, Option } from '../imports/index.ts'

const field = (
  name: string,
  kind: Field['kind'],
  description: string,
  [en, fr, ar]: readonly [en: string, fr: string, ar: string],
  is_required = false,
): Field => ({ name, kind, description, is_required, synonyms: { en: list(en), fr: list(fr), ar: list(ar) } })

const list = (text: string) => text.split(',').map((one) => one.trim())

/** The fields of products, and what columns that hold them are called. */
export const productFields: readonly Field[] = [
  field(
    'name',
    'text',
    'What it is called.',
    [
      'name, product, product name, item, item name, title, designation, label, description',
      'nom, désignation, produit, article, libellé, nom du produit, intitulé, dénomination',
      'الاسم, اسم المنتج, المنتج, الصنف, التسمية, اسم الصنف',
    ],
    true,
  ),
  field('sku', 'code', 'The code of your own.', [
    'sku, code, item code, product code, stock code, stockcode, reference, ref, item number',
    'référence, réf, code article, code produit, code interne, ugs',
    'الرمز, رمز المنتج, رمز الصنف, المرجع, كود',
  ]),
  field('barcodes', 'list', 'Barcodes, divided by commas, semicolons, bars or blanks.', [
    'barcode, barcodes, ean, ean13, ean-13, gtin, upc, bar code',
    'code-barres, code barre, codes-barres, gencod, gencode, code ean',
    'الباركود, رمز شريطي, الرمز الشريطي, باركود',
  ]),
  field('details', 'text', 'What there is to say of it.', [
    'details, long description, notes, comment',
    'description, détails, commentaire, remarque',
    'الوصف, تفاصيل, ملاحظات',
  ]),
  field('category', 'text', 'Its category, from the top: Food > Drinks. What is missing is made.', [
    'category, group, family, department, product category',
    'catégorie, famille, rayon, groupe, classe thérapeutique',
    'الفئة, التصنيف, القسم, المجموعة',
  ]),
  field('tax_class', 'text', 'Its tax class, by code, name or rate in percent.', [
    'tax, tax class, tax rate, vat, vat rate, tax code',
    'tva, taux tva, taux de tva, classe de tva, taxe',
    'الضريبة, نسبة الضريبة, فئة الضريبة, ض.ق.م',
  ]),
  field('unit', 'text', 'The unit it is counted in, by code or name.', [
    'unit, uom, unit of measure',
    'unité, unité de mesure, um',
    'الوحدة, وحدة القياس',
  ]),
  field('kind', 'code', 'stocked, service or another kind; stocked unless given.', [
    'kind, type',
    'type, genre',
    'النوع',
  ]),
  field('price', 'amount', 'What one costs, on the price list.', [
    'price, unit price, unitprice, selling price, retail price, sale price, ppv',
    'prix, prix de vente, prix unitaire, pv, ppv, prix public, pu',
    'السعر, سعر البيع, ثمن البيع, الثمن',
  ]),
  field('quantity', 'quantity', 'Opening stock.', [
    'quantity, qty, stock, on hand, opening stock, in stock',
    'quantité, qté, stock, stock initial, en stock, stock disponible',
    'الكمية, المخزون, الرصيد',
  ]),
  field('unit_cost', 'amount', 'What one of the opening stock did cost, without tax; nothing unless given.', [
    'unit cost, cost, cost price, purchase price, pph',
    "coût, coût unitaire, prix d'achat, pa, prix de revient, pph",
    'التكلفة, سعر الشراء, ثمن الشراء',
  ]),
  field('batch_number', 'code', 'The batch of the opening stock.', [
    'batch, lot, batch number, lot number, batch no',
    'lot, numéro de lot, n° lot, no lot',
    'التشغيلة, رقم التشغيلة, اللوط',
  ]),
  field('expires_on', 'date', 'The last day on which the batch may be sold.', [
    'expiry, expiry date, expires, expiration, expiration date, best before, use by',
    'péremption, date de péremption, expiration, date limite, dlc, dluo, ddp',
    'تاريخ الانتهاء, انتهاء الصلاحية, الصلاحية, تاريخ انتهاء الصلاحية',
  ]),
  field('manufactured_on', 'date', 'When the batch was made.', [
    'manufactured, manufacture date, production date, made on',
    'fabrication, date de fabrication, date de production',
    'تاريخ الصنع, تاريخ الإنتاج',
  ]),
  field('branch', 'text', 'The branch where the opening stock lies, by code or name.', [
    'branch, store, shop, location, warehouse, site',
    'point de vente, magasin, boutique, dépôt, site, pharmacie',
    'الفرع, المتجر, الموقع',
  ]),
  field('is_expiry_tracked', 'boolean', 'Whether it expires; it does where a row says when.', [
    'expires, perishable, track expiry',
    'périssable, suivi péremption',
    'قابل للتلف',
  ]),
  field('is_prescription_only', 'boolean', 'Whether it is sold on prescription only.', [
    'prescription, prescription only, rx',
    'ordonnance, sur ordonnance, liste',
    'وصفة طبية',
  ]),
]

/** What is asked beside the columns of products. */
export const productOptions: readonly Option[] = [
  {
    ...{ name: 'tax_class_id', kind: 'id', description: 'The tax class of products whose row names none.' },
    needed: { without: 'tax_class' },
  },
  { name: 'unit_id', kind: 'id', description: 'The unit of products whose row names none; the piece unless given.' },
  {
    ...{ name: 'branch_id', kind: 'id', description: 'Where opening stock lies whose row names no branch.' },
    needed: { with: 'quantity', without: 'branch' },
  },
  { name: 'price_list_id', kind: 'id', description: 'Where prices go; the list for all places unless given.' },
  { name: 'opened_on', kind: 'day', description: 'The day of the opening stock; today unless given.' },
]
