import type { Tone } from '../ui/tag.tsx'
import { defineWords, translate, words } from '../ui/words.ts'
import { columnWords, datasetWords, kindWords, presetWords } from './rule-words.ts'

const noun = 'quality'

// biome-ignore format: a phrase a line
export const useQualityWords = defineWords(noun, {
  ...datasetWords,
  ...kindWords,
  ...presetWords,
  ...columnWords,
  title: ['Data quality', 'Qualité des données', 'جودة البيانات'],
  about: ['What should be true of your data, and which rows are wrong.', 'Ce qui devrait être vrai de vos données, et quelles lignes ne le sont pas.', 'ما ينبغي أن يصح في بياناتك، وأي الصفوف خاطئة.'],
  rules: ['Rules', 'Règles', 'القواعد'],
  runs: ['Runs', 'Contrôles', 'عمليات الفحص'],
  rule: ['Rule', 'Règle', 'القاعدة'],
  dataset: ['Data', 'Données', 'البيانات'],
  kind: ['Asks for', 'Exige', 'تشترط'],
  severity: ['Severity', 'Gravité', 'الخطورة'],
  last: ['Last result', 'Dernier résultat', 'آخر نتيجة'],
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
  noneWrong: ['Every row is right', 'Toutes les lignes sont bonnes', 'كل الصفوف صحيحة'],
  remove: ['Remove this rule?', 'Retirer cette règle ?', 'إزالة هذه القاعدة؟'],
  removeSays: ['It is checked no more, and rows that it holds are free again.', 'Elle n’est plus contrôlée, et les lignes qu’elle écarte sont libérées.', 'لن تُفحص بعدها، وتُحرَّر الصفوف التي تعلّقها.'],

})

/** What a rule is called: one of those to start with in the language of the page, unless somebody gave it a name. */
export function ruleName({ rule_key, name }: { rule_key: string; name: string }): string {
  const key = `rule/${rule_key}`
  const isUsual = words.exists(key, { ns: noun }) && words.t(key, { ns: noun, lng: 'en' }) === name
  return isUsual ? translate(noun, key) : name
}

export const datasets = Object.keys(datasetWords) as (keyof typeof datasetWords)[]
export const severities = ['WARN', 'FAIL'] as const
export const schedules = ['off', 'hourly', 'daily'] as const

/** How pressing what was found is: a warning only warns. */
export function toneOfResult(status: 'passed' | 'failed' | 'broken', severity: (typeof severities)[number]): Tone {
  if (status === 'passed') return 'good'
  if (status === 'broken') return 'plain'
  return severity === 'FAIL' ? 'bad' : 'warn'
}

/** What a column of a dataset is called. */
export function columnName(column: string): string {
  const key = `column/${column}`
  return words.exists(key, { ns: noun }) ? translate(noun, key) : column
}
