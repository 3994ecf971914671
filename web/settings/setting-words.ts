import { defineWords, type Language, translate, words } from '../ui/words.ts'

// biome-ignore format: a phrase a line
defineWords('setting-names', {
  'cash/blind-count': ['Blind count', 'Comptage à l’aveugle', 'عدّ أعمى'],
  'cash/pay-out-limit': ['Limit of pay-outs', 'Plafond des sorties de caisse', 'حد المصروفات من الصندوق'],
  'cash/variance-threshold': ['Difference that needs no approval', 'Écart admis sans validation', 'الفرق المسموح دون اعتماد'],
  'cashiers/pin-session-hours': ['Hours signed in by PIN', 'Durée de connexion par code (heures)', 'ساعات الدخول بالرمز'],
  'cashiers/verifier-hours': ['Hours of PINs offline', 'Codes hors ligne (heures)', 'ساعات الرموز دون اتصال'],
  'catalog/in-store-codes': ['Barcodes of scales', 'Codes-barres de balance', 'باركود الموازين'],
  'counts/freeze-hours': ['Hours a count freezes stock', 'Gel du stock par inventaire (heures)', 'ساعات تجميد المخزون للجرد'],
  'counts/tolerance-percent': ['Count tolerance in percent', 'Tolérance d’inventaire en %', 'تفاوت الجرد بالنسبة المئوية'],
  'counts/tolerance-value': ['Count tolerance in value', 'Tolérance d’inventaire en valeur', 'تفاوت الجرد بالقيمة'],
  'fx/max-age-days': ['Age of exchange rates in days', 'Âge des taux de change (jours)', 'عمر أسعار الصرف بالأيام'],
  'identity/session-days': ['Days a browser stays signed in', 'Durée de connexion (jours)', 'أيام بقاء الدخول'],
  'identity/till-session-days': ['Days a till stays signed in', 'Connexion d’une caisse (jours)', 'أيام بقاء دخول نقطة البيع'],
  'inventory/reservation-days': ['Days goods are reserved', 'Durée des réservations (jours)', 'أيام حجز البضائع'],
  'messaging/from': ['Sender of mails', 'Expéditeur des e-mails', 'مرسل الرسائل'],
  'messaging/reply-to': ['Answers to mails go to', 'Réponses aux e-mails', 'عنوان الرد على الرسائل'],
  'messaging/smtp-url': ['Mail server', 'Serveur d’e-mail', 'خادم البريد'],
  'payments/cash-rounding-mode': ['Rounding of cash', 'Arrondi des espèces', 'تقريب النقد'],
  'payments/cash-step': ['Smallest cash step', 'Pas d’arrondi des espèces', 'أصغر وحدة نقدية'],
  'payments/provider-timeout-seconds': ['Seconds to wait for a card terminal', 'Attente du prestataire de paiement (secondes)', 'ثواني انتظار مزود الدفع'],
  'replenishment/demand-window-days': ['Days of demand measured', 'Période de demande mesurée (jours)', 'أيام قياس الطلب'],
  'replenishment/expiry-horizons-days': ['Alerts before expiry, in days', 'Alertes avant péremption (jours)', 'تنبيهات قبل انتهاء الصلاحية بالأيام'],
  'sales/clock-tolerance-minutes': ['Tolerance of till clocks in minutes', 'Tolérance d’horloge des caisses (minutes)', 'تفاوت ساعة نقطة البيع بالدقائق'],
  'sales/discount-limit-percent': ['Discount limit in percent', 'Plafond de remise en %', 'حد الخصم بالنسبة المئوية'],
  'sales/override-limit-percent': ['Price change limit in percent', 'Plafond de modification de prix en %', 'حد تغيير السعر بالنسبة المئوية'],
  'tax/prices-include-tax': ['Prices include tax', 'Prix taxes comprises', 'الأسعار شاملة الضريبة'],
  'valuation/base-currency': ['Currency of stock value', 'Devise de valorisation', 'عملة تقييم المخزون'],
})

/** What a setting is called; one that this app does not know yet by its name. */
export function settingName(name: string): string {
  const key = name.replace('.', '/')
  const isKnown = words.exists(key, { ns: 'setting-names', lng: words.language as Language })
  return isKnown ? translate('setting-names', key) : name
}
