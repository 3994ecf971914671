import type { Tone } from '../ui/tag.tsx'
import { defineWords } from '../ui/words.ts'

/** What the screens of counts say. */
export const useCountWords = defineWords('counts', {
  counts: ['Counts', 'Inventaires', 'عمليات الجرد'],
  count: ['Count {{number}}', 'Inventaire {{number}}', 'الجرد {{number}}'],
  new: ['New count', 'Nouvel inventaire', 'جرد جديد'],
  number: ['Number', 'Numéro', 'الرقم'],
  state: ['State', 'État', 'الحالة'],
  subject: ['What is counted', 'Périmètre', 'نطاق الجرد'],
  everything: ['Everything', 'Tout', 'كل شيء'],
  category: ['A category', 'Une catégorie', 'فئة'],
  variants: ['Chosen goods', 'Articles choisis', 'أصناف مختارة'],
  due: ['What is due', 'Ce qui est dû', 'المستحق جرده'],
  blind: ['Blind', 'À l’aveugle', 'جرد أعمى'],
  frozen: ['Frozen until', 'Gelé jusqu’au', 'مجمّد حتى'],
  began: ['Begun', 'Commencé', 'بدأ'],
  notes: ['Notes', 'Remarques', 'ملاحظات'],
  open: ['Being counted', 'En cours', 'جارٍ'],
  submitted: ['To be approved', 'À valider', 'بانتظار الاعتماد'],
  approved: ['Approved', 'Validé', 'معتمد'],
  cancelled: ['Given up', 'Abandonné', 'ملغى'],
  goods: ['Goods', 'Article', 'الصنف'],
  batch: ['Batch', 'Lot', 'التشغيلة'],
  expected: ['Expected', 'Théorique', 'الدفتري'],
  counted: ['Counted', 'Compté', 'المعدود'],
  difference: ['Difference', 'Écart', 'الفرق'],
  quantity: ['Quantity', 'Quantité', 'الكمية'],
  reason: ['Reason', 'Motif', 'السبب'],
})

export const states = ['open', 'submitted', 'approved', 'cancelled'] as const
export type State = (typeof states)[number]
export const toneOfState: Record<State, Tone> = {
  open: 'info',
  submitted: 'soon',
  approved: 'good',
  cancelled: 'plain',
}
