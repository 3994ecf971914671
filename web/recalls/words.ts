import type { Tone } from '../ui/tag.tsx'
import { defineWords } from '../ui/words.ts'

/** What the screens of recalls say. */
export const useRecallWords = defineWords('recalls', {
  recalls: ['Recalls', 'Rappels de lots', 'سحب التشغيلات'],
  recall: ['Recall {{number}}', 'Rappel {{number}}', 'السحب {{number}}'],
  open: ['Open a recall', 'Lancer un rappel', 'بدء سحب'],
  number: ['Number', 'Numéro', 'الرقم'],
  state: ['State', 'État', 'الحالة'],
  'state-open': ['Open', 'En cours', 'مفتوح'],
  'state-closed': ['Closed', 'Clos', 'مغلق'],
  severity: ['Severity', 'Gravité', 'الخطورة'],
  class_1: ['Class I', 'Classe I', 'الفئة الأولى'],
  class_2: ['Class II', 'Classe II', 'الفئة الثانية'],
  class_3: ['Class III', 'Classe III', 'الفئة الثالثة'],
  withdrawal: ['Withdrawal', 'Retrait', 'سحب تجاري'],
  reason: ['Reason', 'Motif', 'السبب'],
  authority: ['Reference of the authority', 'Référence de l’autorité', 'مرجع الجهة الرقابية'],
  supplier: ['Supplier', 'Fournisseur', 'المورّد'],
  opened: ['Opened', 'Ouvert', 'فُتح'],
  closed: ['Closed', 'Clos', 'أُغلق'],
  outcome: ['Outcome', 'Issue', 'النتيجة'],
  released: ['Released', 'Libéré', 'أُفرج عنها'],
  kept_blocked: ['Kept blocked', 'Maintenu bloqué', 'بقيت محظورة'],
  result: ['What came of it', 'Conclusion', 'ما الخلاصة'],
  goods: ['Goods', 'Article', 'الصنف'],
  batch: ['Batch', 'Lot', 'التشغيلة'],
  expires: ['Expires', 'Péremption', 'الصلاحية'],
  blocked: ['Blocked', 'Bloqué', 'محظورة'],
  free: ['Not blocked', 'Non bloqué', 'غير محظورة'],
})

export const severities = ['class_1', 'class_2', 'class_3', 'withdrawal'] as const
export const toneOfSeverity: Record<(typeof severities)[number], Tone> = {
  class_1: 'bad',
  class_2: 'warn',
  class_3: 'soon',
  withdrawal: 'plain',
}
