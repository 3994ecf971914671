import type { Tone } from '../ui/tag.tsx'
import { defineWords } from '../ui/words.ts'

// biome-ignore format: a phrase a line
export const useImportWords = defineWords('imports', {
  title: ['Imports', 'Imports', 'الاستيراد'],
  about: ['Bring in what you have: nothing is written until you have seen what would come of it.', 'Reprenez vos données : rien n’est écrit avant que vous ayez vu ce qui en résultera.', 'انقل ما لديك: لا يُكتب شيء قبل أن ترى ما سينتج عنه.'],
  begin: ['Import a file', 'Importer un fichier', 'استيراد ملف'],
  all: ['All imports', 'Tous les imports', 'كل عمليات الاستيراد'],
  file: ['File', 'Fichier', 'الملف'],
  what: ['What', 'Contenu', 'المحتوى'],
  in: ['Brought in', 'Repris', 'المستورد'],
  rejected: ['Rejected', 'Rejetées', 'المرفوض'],
  who: ['By', 'Par', 'بواسطة'],
  any: ['Anything', 'Tout contenu', 'كل المحتويات'],
  anyState: ['Any state', 'Tous les états', 'كل الحالات'],
  empty: ['Nothing was imported yet', 'Rien n’a encore été importé', 'لم يُستورد شيء بعد'],
  emptySays: ['Out of a CSV or Excel file, as your spreadsheet or your earlier system writes it. Begin with the products:', 'À partir d’un fichier CSV ou Excel, tel que l’écrit votre tableur ou votre ancien système. Commencez par les produits :', 'من ملف CSV أو Excel كما يكتبه جدولك أو نظامك السابق. ابدأ بالمنتجات:'],
  example: ['Example file', 'Fichier d’exemple', 'ملف مثال'],
  exampleOf: ['Example file: {{target}}', 'Fichier d’exemple : {{target}}', 'ملف مثال: {{target}}'],

  'state-mapping': ['To be mapped', 'À associer', 'بانتظار التعيين'],
  'state-checking': ['Being checked', 'Vérification', 'قيد الفحص'],
  'state-checked': ['Checked', 'Vérifié', 'تم الفحص'],
  'state-trying': ['Dry run', 'Simulation', 'تجربة جارية'],
  'state-tried': ['Ready', 'Prêt', 'جاهز'],
  'state-committing': ['Coming in', 'Import en cours', 'قيد الاستيراد'],
  'state-committed': ['In', 'Importé', 'تم الاستيراد'],
  'state-undoing': ['Being undone', 'Annulation', 'قيد التراجع'],
  'state-undone': ['Undone', 'Annulé', 'تم التراجع'],
  'state-stopped': ['Stopped', 'Arrêté', 'متوقف'],
  'state-failed': ['Failed', 'Échoué', 'فشل'],
  'state-repeated': ['In already', 'Déjà importé', 'مستورد سابقًا'],

  steps: ['Steps', 'Étapes', 'الخطوات'],
  'step-file': ['File', 'Fichier', 'الملف'],
  'step-columns': ['Columns', 'Colonnes', 'الأعمدة'],
  'step-check': ['Check', 'Vérification', 'الفحص'],
  'step-trial': ['Dry run', 'Simulation', 'التجربة'],
  'step-done': ['Import', 'Import', 'الاستيراد'],
  done: ['done', 'terminée', 'تمت'],

  rowsOf: ['{{done}} of {{total}} rows', '{{done}} lignes sur {{total}}', '{{done}} من {{total}} من الصفوف'],
  rowsSoFar: ['{{done}} rows so far', '{{done}} lignes jusqu’ici', '{{done}} من الصفوف حتى الآن'],
  rate: ['{{count}} rows a second', '{{count}} lignes par seconde', '{{count}} من الصفوف في الثانية'],
  secondsLeft: ['about {{count}} s left', 'encore {{count}} s environ', 'بقيت {{count}} ث تقريبًا'],
  minutesLeft: ['about {{count}} min left', 'encore {{count}} min environ', 'بقيت {{count}} د تقريبًا'],
  stop: ['Stop', 'Arrêter', 'إيقاف'],
  stopTitle: ['Stop here?', 'Arrêter ici ?', 'التوقف هنا؟'],
  stopSays: ['Rows that are in stay in. You can go on later, or take all of them back.', 'Les lignes déjà reprises le restent. Vous pourrez continuer plus tard, ou tout annuler.', 'ما دخل من الصفوف يبقى. يمكنك المتابعة لاحقًا أو التراجع عنها كلها.'],
  stopAllSays: ['All or nothing: the rows that are in are taken back at once.', 'Tout ou rien : les lignes déjà reprises sont aussitôt annulées.', 'الكل أو لا شيء: يُتراجَع فورًا عن الصفوف التي دخلت.'],
  stopTrialSays: ['Nothing was written; it can be begun again.', 'Rien n’a été écrit ; vous pourrez recommencer.', 'لم يُكتب شيء؛ يمكن البدء من جديد.'],
  leaveSays: ['You can leave this page: it goes on by itself.', 'Vous pouvez quitter cette page : le travail continue.', 'يمكنك مغادرة هذه الصفحة: العمل مستمر.'],

  column: ['Column', 'Colonne', 'العمود'],
  samples: ['In the file', 'Dans le fichier', 'في الملف'],
  goOn: ['Go on', 'Continuer', 'متابعة'],
  created: ['Created', 'Créées', 'جديدة'],
  updated: ['Changed', 'Modifiées', 'معدَّلة'],
  skipped: ['Nothing new', 'Sans changement', 'دون تغيير'],
  fault: ['It came to no end', 'Le travail n’a pas abouti', 'لم يكتمل العمل'],
  removedOn: ['The file is kept until {{day}}; it can be undone as long.', 'Le fichier est conservé jusqu’au {{day}} ; l’import peut être annulé d’ici là.', 'يُحفظ الملف حتى {{day}}؛ ويمكن التراجع حتى ذلك الحين.'],
})

export type Status = keyof typeof toneOfStatus

export const toneOfStatus = {
  mapping: 'soon',
  checking: 'info',
  checked: 'soon',
  trying: 'info',
  tried: 'soon',
  committing: 'info',
  committed: 'good',
  stopped: 'warn',
  failed: 'bad',
  undoing: 'info',
  undone: 'plain',
  repeated: 'plain',
} as const satisfies Record<string, Tone>

/** The states in the order that an import goes through them. */
export const statuses = Object.keys(toneOfStatus) as Status[]
