import { defineWords } from '../ui/words.ts'

/** What is said while a browser is made a till. */
export const useSetUpWords = defineWords('till-set-up', {
  setUpTitle: ['Set up this till', 'Installer cette caisse', 'إعداد نقطة البيع هذه'],
  setUpLead: [
    'This browser becomes the till of a register. From then on it sells without network, too, and numbers the receipts of that register.',
    'Ce navigateur devient la caisse d’un poste. Il vend alors aussi sans réseau et numérote les tickets de ce poste.',
    'يصبح هذا المتصفح نقطة بيع لصندوق بيع. عندها يبيع دون شبكة أيضًا ويرقّم إيصالات صندوق البيع ذاك بيع.',
  ],
  register: ['Register', 'Poste de caisse', 'صندوق البيع'],
  deviceName: ['Name of this device', 'Nom de cet appareil', 'اسم هذا الجهاز'],
  setUp: ['Set up', 'Installer', 'إعداد'],
  noRegister: [
    'Every register of this branch has a device. Make another register, or take the device off one.',
    'Chaque poste de ce point de vente a déjà un appareil. Créez un poste ou libérez-en un.',
    'لكل صندوق بيع في هذا الفرع جهاز. أنشئ صندوق بيع آخر أو افصل الجهاز عن أحدها.',
  ],
  mayNotSetUp: [
    'Ask a manager to sign in and set up this device.',
    'Demandez à un responsable de se connecter et d’installer cet appareil.',
    'اطلب من مدير تسجيل الدخول وإعداد هذا الجهاز.',
  ],
  fetching: ['Fetching goods: {{count}}', 'Chargement des articles : {{count}}', 'جارٍ جلب الأصناف: {{count}}'],
  again: ['Try again', 'Réessayer', 'إعادة المحاولة'],
})
