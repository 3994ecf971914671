import type { Tone } from '../ui/tag.tsx'
import { defineWords } from '../ui/words.ts'

/** What the screens of transfers say. */
export const useTransferWords = defineWords('transfers', {
  transfers: ['Transfers', 'Transferts', 'التحويلات'],
  transfer: ['Transfer {{number}}', 'Transfert {{number}}', 'التحويل {{number}}'],
  new: ['New transfer', 'Nouveau transfert', 'تحويل جديد'],
  number: ['Number', 'Numéro', 'الرقم'],
  from: ['From', 'De', 'من'],
  to: ['To', 'Vers', 'إلى'],
  state: ['State', 'État', 'الحالة'],
  expected: ['Expected', 'Attendu le', 'متوقع في'],
  dispatched: ['Dispatched', 'Expédié', 'أُرسل'],
  received: ['Received', 'Reçu', 'استُلم'],
  created: ['Planned', 'Préparé', 'خُطط'],
  notes: ['Notes', 'Remarques', 'ملاحظات'],
  goods: ['Goods', 'Article', 'الصنف'],
  batch: ['Batch', 'Lot', 'التشغيلة'],
  asked: ['Asked for', 'Demandé', 'المطلوب'],
  sent: ['Sent', 'Expédié', 'المُرسل'],
  arrived: ['Arrived', 'Arrivé', 'الواصل'],
  damaged: ['Damaged', 'Endommagé', 'التالف'],
  open: ['Still on the way', 'Encore en route', 'ما زال في الطريق'],
  quantity: ['Quantity', 'Quantité', 'الكمية'],
  dispatch: ['Dispatch', 'Expédier', 'إرسال'],
  receive: ['Receive', 'Réceptionner', 'استلام'],
  cancel: ['Cancel the transfer', 'Annuler le transfert', 'إلغاء التحويل'],
  reason: ['Reason', 'Motif', 'السبب'],
  pending: ['Planned', 'Préparé', 'مخطط'],
  in_transit: ['On the way', 'En route', 'في الطريق'],
  short: ['Short', 'Manquant', 'ناقص'],
  completed: ['Completed', 'Terminé', 'مكتمل'],
  cancelled: ['Cancelled', 'Annulé', 'ملغى'],
})

export const states = ['pending', 'in_transit', 'short', 'completed', 'cancelled'] as const
export type State = (typeof states)[number]
export const toneOfState: Record<State, Tone> = {
  pending: 'plain',
  in_transit: 'info',
  short: 'warn',
  completed: 'good',
  cancelled: 'plain',
}
