import { defineWords } from '../ui/words.ts'

/** What screens of registers and devices share. */
export const useRegisterWords = defineWords('registers', {
  registers: ['Registers', 'Postes de caisse', 'صناديق البيع'],
  devices: ['Devices', 'Appareils', 'الأجهزة'],
  code: ['Code', 'Code', 'الرمز'],
  name: ['Name', 'Nom', 'الاسم'],
  state: ['State', 'État', 'الحالة'],
  inUse: ['In use', 'En service', 'في الخدمة'],
  outOfUse: ['Out of use', 'Hors service', 'خارج الخدمة'],
  lastReceipt: ['Last receipt', 'Dernier ticket', 'آخر إيصال'],
  register: ['Register', 'Poste de caisse', 'صندوق البيع'],
  device: ['Device', 'Appareil', 'الجهاز'],
  bound: ['At a register', 'Affecté', 'مرتبط'],
  unbound: ['At no register', 'Non affecté', 'غير مرتبط'],
  revoked: ['Revoked', 'Révoqué', 'ملغى'],
  saved: ['Saved', 'Enregistré', 'تم الحفظ'],
  reason: ['Reason', 'Motif', 'السبب'],
  reasonHint: [
    'Stays in the record: no names of persons.',
    'Reste inscrit : pas de noms de personnes.',
    'يبقى مسجلًا: دون أسماء أشخاص.',
  ],
})
