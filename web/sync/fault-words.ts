import { defineWords, words } from '../ui/words.ts'

const useWords = defineWords('faults', {
  clock_off: ['The clock of the till was wrong', 'Horloge de la caisse déréglée', 'ساعة نقطة البيع غير صحيحة'],
  device_revoked: ['Its device was revoked', 'Appareil révoqué', 'الجهاز ملغى'],
  device_unbound: ['Its device was off the register', 'Appareil détaché du poste de caisse', 'الجهاز مفصول عن الصندوق'],
  number_taken: ['Its number was taken by another', 'Numéro déjà pris par un autre ticket', 'رقمه مأخوذ لإيصال آخر'],
  sold_otherwise: ['The server sold it otherwise', 'Vendu autrement par le serveur', 'سجّله الخادم على نحو مختلف'],
  settled_before: ['It was set aside and settled before', 'Déjà mis de côté et réglé', 'نُحّي وسُوّي من قبل'],
  permission_withdrawn: [
    'The cashier may not sell any more',
    'Le caissier n’a plus le droit de vendre',
    'لم يعد لأمين الصندوق حق البيع',
  ],
  out_of_scope: [
    'The cashier does not work in this branch',
    'Le caissier ne travaille pas dans ce point de vente',
    'أمين الصندوق لا يعمل في هذا الفرع',
  ],
  cashier_unknown: ['The cashier is not known', 'Caissier inconnu', 'أمين الصندوق غير معروف'],
  register_inactive: ['The register is out of use', 'Poste de caisse hors service', 'الصندوق خارج الخدمة'],
  session_not_open: ['The session had ended', 'La session était terminée', 'كانت الجلسة قد انتهت'],
  period_closed: ['The books were closed for that day', 'Période comptable clôturée', 'دفاتر ذلك اليوم مقفلة'],
  price_needed: ['There was no price', 'Aucun prix', 'لا يوجد سعر'],
  price_zero: ['It was given away', 'Cédé à prix nul', 'بيع بسعر صفر'],
  price_differs: ['The price was another one', 'Prix différent', 'السعر مختلف'],
  tax_differs: ['The tax was another one', 'Taxe différente', 'الضريبة مختلفة'],
  price_reason_needed: ['A price was changed without a reason', 'Prix modifié sans motif', 'تغيير السعر دون سبب'],
  price_beyond_permission: [
    'The cashier may not change prices like that',
    'Changement de prix non autorisé',
    'تغيير سعر غير مسموح',
  ],
  discount_beyond_permission: [
    'The discount was beyond what is permitted',
    'Remise au-delà de l’autorisé',
    'خصم فوق المسموح',
  ],
  not_sellable: ['It is not for sale', 'Article non vendable', 'غير معد للبيع'],
  prescription_required: ['It is sold on prescription only', 'Vente sur ordonnance', 'يُباع بوصفة طبية فقط'],
  kit_empty: ['Nothing is in this kit', 'Lot vide', 'المجموعة فارغة'],
  insufficient_stock: ['There was not that much in stock', 'Stock insuffisant', 'المخزون غير كافٍ'],
  stock_frozen: ['It was being counted', 'Article en cours d’inventaire', 'قيد الجرد'],
  batch_recalled: ['The batch is recalled', 'Lot rappelé', 'تشغيلة مسحوبة'],
  batch_blocked: ['The batch is blocked', 'Lot bloqué', 'تشغيلة محظورة'],
  batch_expired: ['The batch had expired', 'Lot périmé', 'تشغيلة منتهية الصلاحية'],
  batch_not_found: ['There is no such batch', 'Lot inconnu', 'تشغيلة غير معروفة'],
  batch_required: ['No batch was named', 'Lot non précisé', 'لم تُذكر التشغيلة'],
  customer_not_found: ['The customer is not known', 'Client inconnu', 'العميل غير معروف'],
  channel_not_found: ['The channel is not known', 'Canal inconnu', 'القناة غير معروفة'],
  tender_inactive: ['The tender is out of use', 'Mode de paiement désactivé', 'وسيلة دفع معطلة'],
  tender_not_found: ['The tender is not known', 'Mode de paiement inconnu', 'وسيلة دفع غير معروفة'],
  payment_short: ['Less was paid than was due', 'Payé moins que dû', 'دُفع أقل من المستحق'],
  payment_over: ['More was paid than was due', 'Payé plus que dû', 'دُفع أكثر من المستحق'],
  authorization_required: [
    'The provider of the payment was not asked',
    'Paiement non autorisé par le prestataire',
    'لم يُستأذن مزود الدفع',
  ],
  no_such_coins: ['There are no coins for this amount', 'Montant impossible en espèces', 'لا قطع نقدية لهذا المبلغ'],
  reference_required: ['A reference is missing', 'Référence manquante', 'المرجع ناقص'],
  total_differs: ['The total does not add up', 'Total différent', 'المجموع مختلف'],

  chain_broken: [
    'It does not follow the receipt before it',
    'Ne suit pas le ticket précédent',
    'لا يتبع الإيصال السابق',
  ],
  hash_mismatch: ['Its text is not what was sealed', 'Le texte n’est pas celui scellé', 'نصه ليس ما خُتم'],
  unreadable: ['It cannot be read', 'Illisible', 'غير مقروء'],
  device_unknown: ['Another device sealed it', 'Scellé par un autre appareil', 'ختمه جهاز آخر'],
  register_unknown: ['It is of another register', 'D’un autre poste de caisse', 'من صندوق آخر'],
  sequence_taken: ['Another receipt has its number', 'Numéro déjà utilisé', 'الرقم مستخدم'],
  session_unknown: ['It is of no session of its register', 'Session inconnue', 'جلسة غير معروفة'],
  currency_differs: ['It is in another currency', 'Autre devise', 'عملة أخرى'],
  totals_differ: ['Its figures do not add up', 'Les montants ne concordent pas', 'المبالغ غير متطابقة'],
  sealed_after_revocation: [
    'It was made after its device was revoked',
    'Scellé après révocation de l’appareil',
    'خُتم بعد إلغاء الجهاز',
  ],
})

/** Those that sales are booked with all the same, the frequent ones first, for a filter. */
export const exceptionKinds = [
  'insufficient_stock',
  'price_differs',
  'tax_differs',
  'discount_beyond_permission',
  'price_beyond_permission',
  'batch_recalled',
  'batch_blocked',
  'batch_expired',
  'prescription_required',
  'stock_frozen',
  'clock_off',
  'session_not_open',
  'period_closed',
  'device_revoked',
  'device_unbound',
  'number_taken',
  'sold_otherwise',
  'permission_withdrawn',
  'out_of_scope',
  'register_inactive',
] as const

/** What a code of an exception, or of a slip that was set aside, means; one that is new here is told as it is. */
export function useFaultWords(): (code: string) => string {
  const t = useWords()
  return (code) =>
    words.exists(code, { ns: 'faults' }) ? t(code as Parameters<typeof t>[0]) : code.replaceAll('_', ' ')
}
