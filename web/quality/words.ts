import type { Tone } from '../ui/tag.tsx'
import { defineWords, translate, words } from '../ui/words.ts'

const noun = 'quality'

// biome-ignore format: a phrase a line
export const useQualityWords = defineWords(noun, {
  title: ['Data quality', 'Qualité des données', 'جودة البيانات'],
  about: ['What should be true of your data, and which rows are wrong.', 'Ce qui devrait être vrai de vos données, et quelles lignes ne le sont pas.', 'ما ينبغي أن يصح في بياناتك، وأي الصفوف خاطئة.'],
  rules: ['Rules', 'Règles', 'القواعد'],
  runs: ['Runs', 'Contrôles', 'عمليات الفحص'],
  rule: ['Rule', 'Règle', 'القاعدة'],
  dataset: ['Data', 'Données', 'البيانات'],
  kind: ['Asks for', 'Exige', 'تشترط'],
  severity: ['Severity', 'Gravité', 'الخطورة'],
  last: ['Last result', 'Dernier résultat', 'آخر نتيجة'],
  when: ['When', 'Quand', 'متى'],
  state: ['State', 'État', 'الحالة'],
  name: ['Name', 'Nom', 'الاسم'],
  anyData: ['All data', 'Toutes les données', 'كل البيانات'],
  anySeverity: ['Any severity', 'Toute gravité', 'كل الدرجات'],
  runNow: ['Check now', 'Contrôler maintenant', 'فحص الآن'],
  noRules: ['No rules yet', 'Aucune règle', 'لا قواعد بعد'],
  noRulesSay: ['Rules say what should be true: prices above zero, batches with an expiry, no stock below zero. Begin with the usual ones; they are checked every night.', 'Les règles disent ce qui devrait être vrai : prix supérieurs à zéro, lots avec péremption, pas de stock négatif. Commencez par les règles courantes, contrôlées chaque nuit.', 'تحدد القواعد ما ينبغي أن يصح: أسعار فوق الصفر، وتشغيلات لها صلاحية، ولا مخزون تحت الصفر. ابدأ بالقواعد المعتادة، وتُفحص كل ليلة.'],
  addUsual: ['Add the usual rules', 'Ajouter les règles courantes', 'إضافة القواعد المعتادة'],
  noRuns: ['Nothing was checked yet', 'Aucun contrôle encore', 'لم يُفحص شيء بعد'],
  noRunsSay: ['Rules are checked every night, after an import, or when you ask for it.', 'Les règles sont contrôlées chaque nuit, après un import ou à la demande.', 'تُفحص القواعد كل ليلة أو بعد استيراد أو عند الطلب.'],

  WARN: ['Warns', 'Avertit', 'تنبيه'],
  FAIL: ['Holds rows', 'Écarte les lignes', 'تعليق الصفوف'],
  FAILSays: ['Wrong rows stay out of forecasts until they are right.', 'Les lignes fausses restent hors des prévisions jusqu’à correction.', 'تبقى الصفوف الخاطئة خارج التوقعات حتى تصح.'],
  passed: ['Right', 'Conforme', 'سليم'],
  failed: ['Wrong', 'Non conforme', 'خاطئ'],
  broken: ['Could not be judged', 'Non évaluable', 'تعذّر الحكم'],
  off: ['Off', 'Désactivée', 'متوقفة'],
  'schedule-off': ['Only when asked', 'À la demande', 'عند الطلب فقط'],
  'schedule-hourly': ['Every hour', 'Chaque heure', 'كل ساعة'],
  'schedule-daily': ['Every day', 'Chaque jour', 'كل يوم'],
  schedule: ['Checked', 'Contrôle', 'الفحص'],
  active: ['On', 'Active', 'مفعّلة'],

  products: ['Products', 'Produits', 'المنتجات'],
  variants: ['Variants', 'Variantes', 'المتغيرات'],
  prices: ['Prices', 'Prix', 'الأسعار'],
  customers: ['Customers', 'Clients', 'العملاء'],
  suppliers: ['Suppliers', 'Fournisseurs', 'الموردون'],
  batches: ['Batches', 'Lots', 'التشغيلات'],
  stock_levels: ['Stock levels', 'Niveaux de stock', 'مستويات المخزون'],
  sales: ['Sales', 'Ventes', 'المبيعات'],
  sales_lines: ['Lines of sales', 'Lignes de vente', 'أسطر المبيعات'],
  earlier_documents: ['Earlier sales', 'Ventes antérieures', 'المبيعات السابقة'],
  earlier_lines: ['Lines of earlier sales', 'Lignes de ventes antérieures', 'أسطر المبيعات السابقة'],
  import_rows: ['Rows of imported files', 'Lignes des fichiers importés', 'صفوف الملفات المستوردة'],

  not_null: ['is filled', 'est renseigné', 'غير فارغ'],
  range: ['is within bounds', 'reste dans les bornes', 'ضمن الحدود'],
  unique: ['is there once', 'est unique', 'غير مكرر'],
  reference: ['exists elsewhere', 'existe ailleurs', 'موجود في غيره'],
  freshness: ['is recent', 'est récent', 'حديث'],
  row_count_change: ['has about as many rows', 'garde à peu près le même nombre de lignes', 'عدد صفوفه متقارب'],
  pattern: ['has a form', 'respecte une forme', 'له صيغة محددة'],
  custom_sql: ['statement in SQL', 'requête SQL', 'استعلام SQL'],

  'started-request': ['Asked for', 'À la demande', 'بطلب'],
  started: ['Begun', 'Origine', 'المصدر'],
  'started-schedule': ['By the schedule', 'Planifié', 'مجدول'],
  'started-import': ['After an import', 'Après un import', 'بعد استيراد'],
  'run-queued': ['Under way', 'En cours', 'جارٍ'],
  'run-done': ['Done', 'Terminé', 'تم'],
  'run-failed': ['Failed', 'Échoué', 'فشل'],
  checked: ['Rows checked', 'Lignes contrôlées', 'الصفوف المفحوصة'],
  wrongRows: ['Wrong rows', 'Lignes fausses', 'صفوف خاطئة'],
  runOf: ['Check of {{time}}', 'Contrôle du {{time}}', 'فحص {{time}}'],
  right: ['Rules that are right', 'Règles respectées', 'قواعد محققة'],
  warned: ['Rules that warn', 'Règles qui avertissent', 'قواعد منبِّهة'],
  held: ['Rules that hold rows', 'Règles qui écartent', 'قواعد تعلّق صفوفًا'],
  unjudged: ['Not judged', 'Non évaluées', 'لم تُقيَّم'],
  rowsOf: ['Show the rows: {{rule}}', 'Voir les lignes : {{rule}}', 'عرض الصفوف: {{rule}}'],
  show: ['Show the rows', 'Voir les lignes', 'عرض الصفوف'],
  firstRows: ['The first 1,000 are kept.', 'Les 1 000 premières sont conservées.', 'يُحفظ أول 1,000 منها.'],
  value: ['Value', 'Valeur', 'القيمة'],
  row: ['Row', 'Ligne', 'الصف'],
  noneWrong: ['Every row is right', 'Toutes les lignes sont bonnes', 'كل الصفوف صحيحة'],
  remove: ['Remove this rule?', 'Retirer cette règle ?', 'إزالة هذه القاعدة؟'],
  removeSays: ['It is checked no more, and rows that it holds are free again.', 'Elle n’est plus contrôlée, et les lignes qu’elle écarte sont libérées.', 'لن تُفحص بعدها، وتُحرَّر الصفوف التي تعلّقها.'],

  'rule/products-in-a-category': ['Products have a category', 'Les produits ont une catégorie', 'للمنتجات فئة'],
  'rule/products-do-not-vanish': ['The number of products drops by no more than a fifth', 'Le nombre de produits ne baisse pas de plus d’un cinquième', 'لا ينقص عدد المنتجات أكثر من الخُمس'],
  'rule/stocked-goods-have-a-barcode': ['Stocked goods on sale have a barcode', 'Les articles stockés en vente ont un code-barres', 'للأصناف المخزنة المعروضة باركود'],
  'rule/prices-above-zero': ['Prices are above zero', 'Les prix sont supérieurs à zéro', 'الأسعار فوق الصفر'],
  'rule/customers-mail-form': ['E-mail addresses of customers have the form of one', 'Les courriels des clients ont la bonne forme', 'عناوين بريد العملاء بصيغة سليمة'],
  'rule/customers-once': ['No two customers share a telephone number', 'Deux clients n’ont pas le même téléphone', 'لا يشترك عميلان في رقم هاتف'],
  'rule/suppliers-mail-form': ['E-mail addresses of suppliers have the form of one', 'Les courriels des fournisseurs ont la bonne forme', 'عناوين بريد الموردين بصيغة سليمة'],
  'rule/suppliers-have-a-lead-time': ['Suppliers have a lead time', 'Les fournisseurs ont un délai de livraison', 'للموردين مدة توريد'],
  'rule/batches-have-an-expiry': ['Batches in stock whose expiry is tracked have one', 'Les lots en stock suivis ont une péremption', 'للتشغيلات المتابَعة في المخزون تاريخ انتهاء'],
  'rule/stock-not-negative': ['Stock is not below zero', 'Le stock n’est pas négatif', 'المخزون ليس تحت الصفر'],
  'rule/stock-has-a-cost': ['Goods in stock have a cost', 'Les articles en stock ont un coût', 'لأصناف المخزون تكلفة'],
  'rule/sales-lately': ['Something was sold within seven days', 'Une vente a eu lieu ces sept derniers jours', 'بيع شيء خلال سبعة أيام'],
  'rule/sold-prices-not-negative': ['Nothing was sold below zero', 'Rien n’a été vendu à un prix négatif', 'لم يُبع شيء بأقل من الصفر'],
  'rule/sold-goods-are-there': ['Goods that were sold lately are still in the catalogue', 'Les articles vendus récemment sont encore au catalogue', 'الأصناف المبيعة حديثًا ما زالت في الكتالوج'],
})

/** What a rule is called: one of those to start with in the language of the page, unless somebody gave it a name. */
export function ruleName({ rule_key, name }: { rule_key: string; name: string }): string {
  const key = `rule/${rule_key}`
  const isUsual = words.exists(key, { ns: noun }) && words.t(key, { ns: noun, lng: 'en' }) === name
  return isUsual ? translate(noun, key) : name
}

export const datasets = [
  ...(['products', 'variants', 'prices', 'customers', 'suppliers'] as const),
  ...(['batches', 'stock_levels', 'sales', 'sales_lines'] as const),
] as const
export const severities = ['WARN', 'FAIL'] as const
export const schedules = ['off', 'hourly', 'daily'] as const

/** How pressing what was found is: a warning only warns. */
export function toneOfResult(status: 'passed' | 'failed' | 'broken', severity: (typeof severities)[number]): Tone {
  if (status === 'passed') return 'good'
  if (status === 'broken') return 'plain'
  return severity === 'FAIL' ? 'bad' : 'warn'
}
