import { type Said, sayField } from '../ui/problem.ts'
import { defineWords, useLanguage, words } from '../ui/words.ts'
import type { ImportError } from './use-import.ts'

const noun = 'import-faults'

// biome-ignore format: a phrase a line
defineWords(noun, {
  missing: ['It is needed', 'À remplir', 'مطلوب'],
  duplicate_row: ['Row {{n}} is of the same thing', 'La ligne {{n}} porte sur la même chose', 'الصف {{n}} عن الشيء نفسه'],
  number_malformed: ['It is no number', 'Ce n’est pas un nombre', 'ليس رقمًا'],
  number_too_large: ['The number is too large', 'Ce nombre est trop grand', 'الرقم أكبر من المسموح'],
  not_whole: ['It is no whole number', 'Ce n’est pas un nombre entier', 'ليس عددًا صحيحًا'],
  decimal_sign_wrong: ['It has another decimal sign than the others', 'Son signe décimal n’est pas celui des autres', 'علامته العشرية تختلف عن غيره'],
  decimal_ambiguous: ['It may be read both ways: say which decimal sign the file has', 'Il se lit de deux façons : indiquez le signe décimal du fichier', 'يُقرأ بطريقتين: حدّد العلامة العشرية للملف'],
  code_is_float: ['The spreadsheet has made a number of the code', 'Le tableur a transformé ce code en nombre', 'حوّل الجدول هذا الرمز إلى رقم'],
  code_is_rounded: ['The spreadsheet has rounded the code', 'Le tableur a arrondi ce code', 'قرّب الجدول هذا الرمز'],
  date_malformed: ['It is no day', 'Ce n’est pas une date', 'ليس تاريخًا'],
  date_impossible: ['There is no such day', 'Cette date n’existe pas', 'لا يوجد هذا اليوم'],
  date_order_wrong: ['The day is written in another order than the others', 'La date est écrite dans un autre ordre que les autres', 'كُتب التاريخ بترتيب مختلف عن غيره'],
  date_order_ambiguous: ['It may be read both ways: say in which order day and month are', 'Elle se lit de deux façons : indiquez l’ordre du jour et du mois', 'يُقرأ بطريقتين: حدّد ترتيب اليوم والشهر'],
  date_without_day: ['The day of the month is missing', 'Il manque le jour du mois', 'ينقص يوم الشهر'],
  date_is_serial: ['It is the number by which a spreadsheet counts days', 'C’est le numéro par lequel un tableur compte les jours', 'هذا الرقم الذي يعدّ به الجدول الأيام'],
  year_of_two_digits: ['The year has two digits', 'L’année n’a que deux chiffres', 'السنة من رقمين'],
  moment_malformed: ['It is no day or time', 'Ce n’est ni une date ni une heure', 'ليس تاريخًا ولا وقتًا'],
  moment_skipped: ['The clocks skipped this time', 'Les horloges ont sauté cette heure', 'تخطّت الساعات هذا الوقت'],
  boolean_unknown: ['It is neither yes nor no', 'Ce n’est ni oui ni non', 'ليس نعم ولا لا'],
  text_malformed: ['It holds letters that no text has', 'Il contient des caractères impossibles', 'فيه أحرف لا توجد في نص'],
  too_many_cells: ['The row has more cells than there are columns', 'La ligne a plus de cellules que de colonnes', 'في الصف خلايا أكثر من الأعمدة'],
  quote_misplaced: ['A quote stands where none can be', 'Un guillemet est mal placé', 'علامة اقتباس في غير موضعها'],
  formula_without_value: ['The formula was saved without what it comes to', 'La formule est enregistrée sans son résultat', 'حُفظت الصيغة دون نتيجتها'],
  cell_error: ['The spreadsheet shows an error here', 'Le tableur affiche ici une erreur', 'يعرض الجدول هنا خطأ'],
  tax_class_unknown: ['There is no such tax class', 'Cette classe de TVA n’existe pas', 'لا توجد هذه الفئة الضريبية'],
  unit_unknown: ['There is no such unit', 'Cette unité n’existe pas', 'لا توجد هذه الوحدة'],
  branch_unknown: ['There is no such branch', 'Ce point de vente n’existe pas', 'لا يوجد هذا الفرع'],
  product_unknown: ['There are no goods with this code', 'Aucun article n’a ce code', 'لا صنف بهذا الرمز'],
  customer_unknown: ['There is no customer with this code', 'Aucun client n’a ce code', 'لا عميل بهذا الرمز'],
  channel_unknown: ['There is no channel of this name', 'Aucun canal ne porte ce nom', 'لا قناة بهذا الاسم'],
  category_too_deep: ['A path has at most eight names', 'Un chemin compte huit noms au plus', 'للمسار ثمانية أسماء على الأكثر'],
  not_stocked: ['Only goods that are stocked have stock', 'Seuls les articles stockés ont du stock', 'المخزون للأصناف المخزنية فقط'],
  too_many_decimals: ['The unit has {{n}} decimals', 'L’unité admet {{n}} décimales', 'للوحدة {{n}} من المنازل العشرية'],
  batch_required: ['Goods that expire come in batches: say which', 'Les articles périssables vont par lot : indiquez lequel', 'ما له صلاحية يأتي في تشغيلات: حدّد أيها'],
  expiry_required: ['Goods that expire have a last day: say which', 'Les articles périssables ont une date limite : indiquez-la', 'ما له صلاحية له يوم أخير: حدّده'],
  expiry_before_manufacture: ['It expires before it was made', 'La péremption précède la fabrication', 'تنتهي صلاحيته قبل صنعه'],
  rate_of_one_currency: ['A rate is between two currencies', 'Un taux relie deux devises', 'السعر يكون بين عملتين'],
  'kind-invalid': ['It is not what is expected', 'Ce n’est pas ce qui est attendu', 'ليس المطلوب'],
  'kind-duplicate': ['Of the same thing as another row', 'Porte sur la même chose qu’une autre ligne', 'عن الشيء نفسه في صف آخر'],
  'kind-refused': ['Refused as a whole', 'Refusée en entier', 'مرفوض كله'],
  document_incomplete: ['Another row of the same document is wrong', 'Une autre ligne de la même pièce est erronée', 'صف آخر من المستند نفسه خاطئ'],
})

/** What is wrong with a cell or a row, in the language of the page. */
export function useSayFault(): (error: Pick<ImportError, 'code' | 'message'>) => Said {
  const lng = useLanguage()
  return ({ code, message }) => {
    const n = /\d+/.exec(message)?.[0] ?? ''
    if (words.exists(code, { ns: noun, lng })) return { said: words.t(code, { ns: noun, lng, n }) }
    return sayField(code === bySchema ? '' : code, message)
  }
}

/** The same of many, without what only one row tells. */
export function useSayKind(): (many: Pick<ImportError, 'code' | 'kind'>) => string {
  const lng = useLanguage()
  return ({ code, kind }) => {
    const ofKind = words.exists(`kind-${kind}`, { ns: noun, lng })
    const isPlain =
      words.exists(code, { ns: noun, lng }) && !words.t(code, { ns: noun, lng, n: placeholder }).includes(placeholder)
    if (isPlain || !ofKind) return words.t(code, { ns: noun, lng })
    return words.t(`kind-${kind}`, { ns: noun, lng })
  }
}

const bySchema = 'invalid_input'
const placeholder = '\uffff'
