import { defineWords } from '../ui/words.ts'

/** What screens of offline sales share. */
export const useSyncWords = defineWords('sync', {
  title: ['Offline sales', 'Ventes hors ligne', 'مبيعات دون اتصال'],
  exceptions: ['Exceptions', 'Anomalies', 'الاستثناءات'],
  setAside: ['Set aside', 'Mis de côté', 'منحّاة جانبًا'],
  receipt: ['Receipt', 'Ticket', 'الإيصال'],
  what: ['What is wrong', 'Anomalie', 'المشكلة'],
  line: ['Line', 'Ligne', 'السطر'],
  register: ['Register', 'Poste de caisse', 'صندوق البيع'],
  device: ['Device', 'Appareil', 'الجهاز'],
  made: ['Sold', 'Vendu', 'وقت البيع'],
  arrived: ['Arrived', 'Arrivé', 'وصل'],
  state: ['State', 'État', 'الحالة'],
  anyKind: ['Any kind', 'Toutes les anomalies', 'كل الأنواع'],
  open: ['To be settled', 'À traiter', 'بانتظار المعالجة'],
  settled: ['Settled', 'Traitées', 'معالجة'],
  all: ['All', 'Toutes', 'الكل'],
  accepted: ['Accepted', 'Acceptée', 'مقبول'],
  corrected: ['Corrected', 'Corrigée', 'مصحَّح'],
  dismissed: ['Dismissed', 'Rejetée', 'مستبعد'],
  settle: ['Settle it', 'Traiter', 'معالجة'],
  acceptedSays: [
    'It happened so, and stays booked as it is.',
    'C’est bien arrivé ainsi ; rien ne change.',
    'حدث هكذا فعلًا ويبقى كما سُجّل.',
  ],
  correctedSays: [
    'It was wrong, and was put right elsewhere: a price, a stock figure, a refund.',
    'C’était une erreur, corrigée ailleurs : prix, stock, remboursement.',
    'كان خطأ وصُحّح في موضعه: سعر أو مخزون أو استرداد.',
  ],
  dismissedSays: ['There is nothing to it.', 'Sans objet.', 'لا شيء يستدعي المعالجة.'],
  note: ['What was found or done', 'Constat ou action', 'ما وُجد أو ما فُعل'],
  noteHint: [
    'Stays in the record: no names of persons.',
    'Reste inscrit : pas de noms de personnes.',
    'يبقى مسجلًا: دون أسماء أشخاص.',
  ],
  done: ['Settled', 'Traité', 'تمت المعالجة'],
  by: ['{{who}}, {{when}}', '{{who}}, {{when}}', '{{who}}، {{when}}'],
})
