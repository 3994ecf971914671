const english = {
  sale: 'Receipt',
  refund: 'Refund',
  exchange: 'Exchange',
  copy: 'COPY {number}',
  receiptNumber: 'No.',
  originalNumber: 'For receipt',
  date: 'Date',
  register: 'Register',
  cashier: 'Served by',
  customer: 'Customer',
  taxNumber: 'Tax number',
  phone: 'Phone',
  discount: 'Discount',
  discounts: 'Discounts in all',
  batch: 'Batch',
  expires: 'expires',
  net: 'Without tax',
  tax: 'Tax',
  rounding: 'Cash rounding',
  total: 'Total',
  change: 'Change',
  base: 'on',
  taxIncluded: 'Prices include tax',
  thanks: 'Thank you',
}

export type Words = typeof english

const french: Words = {
  sale: 'Ticket de caisse',
  refund: 'Remboursement',
  exchange: 'Échange',
  copy: 'DUPLICATA {number}',
  receiptNumber: 'N°',
  originalNumber: 'Pour le ticket',
  date: 'Date',
  register: 'Caisse',
  cashier: 'Servi par',
  customer: 'Client',
  taxNumber: 'Identifiant fiscal',
  phone: 'Tél.',
  discount: 'Remise',
  discounts: 'Remises en tout',
  batch: 'Lot',
  expires: 'péremption',
  net: 'Total HT',
  tax: 'Taxes',
  rounding: 'Arrondi espèces',
  total: 'Total TTC',
  change: 'Rendu',
  base: 'sur',
  taxIncluded: 'Prix toutes taxes comprises',
  thanks: 'Merci de votre visite',
}

const spanish: Words = {
  sale: 'Recibo',
  refund: 'Reembolso',
  exchange: 'Cambio de mercancía',
  copy: 'COPIA {number}',
  receiptNumber: 'N.º',
  originalNumber: 'Del recibo',
  date: 'Fecha',
  register: 'Caja',
  cashier: 'Atendido por',
  customer: 'Cliente',
  taxNumber: 'Identificación fiscal',
  phone: 'Tel.',
  discount: 'Descuento',
  discounts: 'Descuentos en total',
  batch: 'Lote',
  expires: 'caduca',
  net: 'Sin impuestos',
  tax: 'Impuestos',
  rounding: 'Redondeo en efectivo',
  total: 'Total',
  change: 'Cambio',
  base: 'sobre',
  taxIncluded: 'Precios con impuestos incluidos',
  thanks: 'Gracias por su compra',
}

const arabic: Words = {
  sale: 'إيصال',
  refund: 'استرداد',
  exchange: 'استبدال',
  copy: 'نسخة {number}',
  receiptNumber: 'رقم',
  originalNumber: 'عن الإيصال',
  date: 'التاريخ',
  register: 'الصندوق',
  cashier: 'خدمكم',
  customer: 'الزبون',
  taxNumber: 'المعرف الضريبي',
  phone: 'الهاتف',
  discount: 'الخصم',
  discounts: 'مجموع الخصومات',
  batch: 'التشغيلة',
  expires: 'الصلاحية',
  net: 'المجموع دون الضريبة',
  tax: 'الضريبة',
  rounding: 'تقريب النقد',
  total: 'المجموع',
  change: 'الباقي',
  base: 'على',
  taxIncluded: 'الأسعار شاملة للضريبة',
  thanks: 'شكرا لزيارتكم',
}

const languages: Readonly<Record<string, Words>> = { en: english, fr: french, es: spanish, ar: arabic }

/** The words of the language of a BCP 47 locale, and which way it is written; English where there are none of it. */
export function wordsOf(locale: string): { language: string; direction: 'ltr' | 'rtl'; words: Words } {
  const { language } = new Intl.Locale(locale)
  const words = languages[language]
  if (!words) return { language: 'en', direction: 'ltr', words: english }
  return { language, direction: language === 'ar' ? 'rtl' : 'ltr', words }
}
