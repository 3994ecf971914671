import type { Field, Option } from '../imports/index.ts'

type Words = readonly [en: string, fr: string, ar: string]

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

const list = (text: string) => text.split(',').map((one) => one.trim())

const common: readonly Field[] = [
  field(
    'name',
    'text',
    'What they are called.',
    [
      'name, customer name, supplier name, company, full name',
      'nom, raison sociale, nom complet, société, client, fournisseur',
      'الاسم, اسم العميل, اسم المورد, الشركة',
    ],
    true,
  ),
  field('code', 'code', 'The code of your own for them.', [
    'code, customer code, customer id, customerid, supplier code, account, account number, number',
    'code, code client, code fournisseur, numéro client, n° client, compte',
    'الرمز, رمز العميل, رمز المورد, رقم العميل',
  ]),
  field('email', 'text', 'E-mail address.', [
    'email, e-mail, mail',
    'courriel, email, adresse mail',
    'البريد الإلكتروني, البريد',
  ]),
  field('phone', 'text', 'Telephone number.', [
    'phone, telephone, mobile, tel',
    'téléphone, tél, portable, gsm',
    'الهاتف, رقم الهاتف, الجوال',
  ]),
  field('street', 'text', 'Street and house number.', [
    'street, address, address line 1',
    'rue, adresse, voie',
    'العنوان, الشارع',
  ]),
  field('postal_code', 'code', 'Postal code.', [
    'postal code, zip, zip code, postcode',
    'code postal, cp',
    'الرمز البريدي',
  ]),
  field('city', 'text', 'Town.', ['city, town', 'ville, localité', 'المدينة']),
  field('country', 'text', 'ISO 3166-1 alpha-2 code, such as MA.', [
    'country, country code',
    'pays, code pays',
    'البلد, الدولة',
  ]),
  field('tax_number', 'code', 'Tax number.', [
    'tax number, vat number, tax id, vat id, vat no',
    'ice, numéro de tva, n° tva, identifiant fiscal, if, n° tva intracommunautaire',
    'الرقم الضريبي, رقم التعريف الموحد',
  ]),
  field('payment_days', 'integer', 'Days from invoice to payment.', [
    'payment days, payment term days, terms days',
    'délai de paiement, jours de paiement, échéance',
    'أيام السداد, مدة السداد',
  ]),
  field('payment_terms', 'text', 'What else was agreed on payment.', [
    'payment terms, terms',
    'conditions de paiement, modalités',
    'شروط الدفع',
  ]),
  field('note', 'text', 'What there is to say of them.', [
    'note, notes, comment, remarks',
    'note, remarque, commentaire',
    'ملاحظات, ملاحظة',
  ]),
]

const ofPeople: readonly Field[] = [
  field('kind', 'code', 'person or organisation; person unless given.', [
    'kind, customer type',
    'genre, type de client',
    'النوع',
  ]),
]

const ofSuppliers: readonly Field[] = [
  field('currency', 'code', 'ISO 4217 code of what they are paid in.', ['currency', 'devise, monnaie', 'العملة']),
  field('lead_time_days', 'quantity', 'Days from order to delivery.', [
    'lead time, lead time days, delivery days',
    'délai de livraison, délai',
    'مدة التوريد, مدة التسليم',
  ]),
  field('minimum_order', 'amount', 'The least they deliver, in the currency.', [
    'minimum order, minimum order value, moq value',
    'minimum de commande, franco',
    'الحد الأدنى للطلب',
  ]),
]

/** The fields of customers. */
export const customerFields: readonly Field[] = [...common, ...ofPeople]
/** The fields of suppliers. */
export const supplierFields: readonly Field[] = [...common, ...ofSuppliers]

/** What is asked beside the columns. */
export const partyOptions: readonly Option[] = [
  { name: 'country', kind: 'text', description: 'The country of those whose row names none, such as MA.' },
  {
    name: 'tax_scheme',
    kind: 'text',
    description: 'What kind of number the tax numbers are, such as ICE; VAT unless given.',
  },
]
