import type { RefusalWords } from './refusal-words.ts'

/** Of rules about data. */
export const ofQuality: RefusalWords = {
  quality_bound_missing: ['Une règle de ce genre a besoin d’une limite.', 'قاعدة من هذا النوع تحتاج إلى حد.'],
  quality_column_unfit: ['Cette colonne ne s’y prête pas.', 'هذا العمود لا يصلح لذلك.'],
  quality_column_unknown: ['Ces données n’ont pas cette colonne.', 'لا يوجد هذا العمود في هذه البيانات.'],
  quality_hour_unfit: ['Seule une règle quotidienne a une heure.', 'للقاعدة اليومية وحدها ساعة.'],
  quality_kind_stays: ['Une règle garde son genre ; créez-en une autre.', 'نوع القاعدة لا يتغيّر؛ أنشئ قاعدة أخرى.'],
  quality_no_rules: ['Aucune règle active à appliquer.', 'لا توجد قاعدة مفعّلة لتشغيلها.'],
  quality_pattern_invalid: ['Ce n’est pas une expression rationnelle.', 'هذا ليس تعبيرًا نمطيًا.'],
  quality_rule_key_taken: ['Une règle porte déjà cette clé.', 'توجد قاعدة بهذا المفتاح.'],
  quality_rule_not_found: ['Cette règle n’existe pas.', 'لا توجد هذه القاعدة.'],
  quality_sql_forbidden: [
    'Les règles en SQL demandent le droit quality.write-sql.',
    'قواعد SQL تحتاج إلى صلاحية quality.write-sql.',
  ],
  quality_sql_refused: [
    'Ce n’est pas une instruction SELECT admise pour une règle.',
    'هذه ليست عبارة SELECT مقبولة في قاعدة.',
  ],
  quality_sql_uncheckable: [
    'La base de données ne laisse pas examiner les instructions : son exploitant doit accorder TEMPORARY au rôle des requêtes.',
    'قاعدة البيانات لا تسمح بفحص العبارات: على مشغّلها منح TEMPORARY لدور الطلبات.',
  ],
  quality_value_unfit: ['La valeur ne convient pas à sa colonne.', 'القيمة لا تناسب عمودها.'],
}
