const english = {
  title: 'Final report (Z) {number}',
  opened: 'Opened',
  closed: 'Closed',
  expected: 'Expected',
  counted: 'Counted',
  variance: 'Variance',
  writtenOff: 'Written off',
  total: 'Total',
  movements: 'Cash in and out',
  denominations: 'Coins and notes',
  offline: 'Sales made offline',
  signature: 'Signature',
  tenders: {
    cash: 'Cash',
    card: 'Card',
    mobile_wallet: 'Mobile wallet',
    bank_transfer: 'Bank transfer',
    other: 'Other',
  } as Record<string, string>,
  documents: {
    cash_float: 'Float',
    sale: 'Sales',
    refund: 'Refunds',
    exchange: 'Exchanges',
    cash_pay_in: 'Paid in',
    cash_pay_out: 'Paid out',
    cash_drop: 'Dropped into the safe',
    cash_adjustment: 'Adjustments',
    cash_transaction_fix: 'Moved between tenders',
    cash_write_off: 'Written off',
  } as Record<string, string>,
}

export type Words = typeof english

const french: Words = {
  title: 'Rapport de clôture (Z) {number}',
  opened: 'Ouverture',
  closed: 'Clôture',
  expected: 'Attendu',
  counted: 'Compté',
  variance: 'Écart',
  writtenOff: 'Passé en perte ou profit',
  total: 'Total',
  movements: 'Entrées et sorties de caisse',
  denominations: 'Pièces et billets',
  offline: 'Ventes hors ligne',
  signature: 'Signature',
  tenders: {
    cash: 'Espèces',
    card: 'Carte',
    mobile_wallet: 'Portefeuille mobile',
    bank_transfer: 'Virement',
    other: 'Autre',
  },
  documents: {
    cash_float: 'Fond de caisse',
    sale: 'Ventes',
    refund: 'Remboursements',
    exchange: 'Échanges',
    cash_pay_in: 'Entrées',
    cash_pay_out: 'Sorties',
    cash_drop: 'Versé au coffre',
    cash_adjustment: 'Corrections',
    cash_transaction_fix: 'Reclassé entre modes de paiement',
    cash_write_off: 'Passé en perte ou profit',
  },
}

const spanish: Words = {
  title: 'Informe de cierre (Z) {number}',
  opened: 'Apertura',
  closed: 'Cierre',
  expected: 'Esperado',
  counted: 'Contado',
  variance: 'Diferencia',
  writtenOff: 'Dado de baja',
  total: 'Total',
  movements: 'Entradas y salidas de caja',
  denominations: 'Monedas y billetes',
  offline: 'Ventas sin conexión',
  signature: 'Firma',
  tenders: {
    cash: 'Efectivo',
    card: 'Tarjeta',
    mobile_wallet: 'Monedero móvil',
    bank_transfer: 'Transferencia',
    other: 'Otro',
  },
  documents: {
    cash_float: 'Fondo de caja',
    sale: 'Ventas',
    refund: 'Reembolsos',
    exchange: 'Cambios',
    cash_pay_in: 'Entradas',
    cash_pay_out: 'Salidas',
    cash_drop: 'Retirado a la caja fuerte',
    cash_adjustment: 'Ajustes',
    cash_transaction_fix: 'Movido entre medios de pago',
    cash_write_off: 'Dado de baja',
  },
}

const arabic: Words = {
  title: 'تقرير الإقفال (Z) {number}',
  opened: 'الفتح',
  closed: 'الإقفال',
  expected: 'المتوقع',
  counted: 'المعدود',
  variance: 'الفرق',
  writtenOff: 'مشطوب',
  total: 'المجموع',
  movements: 'مداخيل ومخارج الصندوق',
  denominations: 'القطع والأوراق النقدية',
  offline: 'مبيعات دون اتصال',
  signature: 'التوقيع',
  tenders: {
    cash: 'نقدا',
    card: 'بطاقة',
    mobile_wallet: 'محفظة إلكترونية',
    bank_transfer: 'تحويل بنكي',
    other: 'أخرى',
  },
  documents: {
    cash_float: 'رصيد البداية',
    sale: 'المبيعات',
    refund: 'المبالغ المستردة',
    exchange: 'الاستبدال',
    cash_pay_in: 'مداخيل',
    cash_pay_out: 'مخارج',
    cash_drop: 'أودع في الخزنة',
    cash_adjustment: 'تصحيحات',
    cash_transaction_fix: 'نقل بين وسائل الدفع',
    cash_write_off: 'مشطوب',
  },
}

const wordsByLanguage: Readonly<Record<string, Words>> = { en: english, fr: french, es: spanish, ar: arabic }

/** The words of the language of a BCP 47 locale, and which way it is written; English where there are none of it. */
export function wordsOf(locale: string): { language: string; direction: 'ltr' | 'rtl'; words: Words } {
  const { language } = new Intl.Locale(locale)
  const words = wordsByLanguage[language]
  if (!words) return { language: 'en', direction: 'ltr', words: english }
  return { language, direction: language === 'ar' ? 'rtl' : 'ltr', words }
}
