import { problemOf } from '../api.ts'
import { defineWords, type Language, translate, words } from './words.ts'

defineWords('problems', {
  unreachable: [
    'The server does not answer. Check the network and try again.',
    'Le serveur ne répond pas. Vérifiez le réseau et réessayez.',
    'الخادم لا يستجيب. تحقق من الشبكة وأعد المحاولة.',
  ],
  unexpected: [
    'Something went wrong in this page.',
    'Une erreur est survenue dans cette page.',
    'حدث خطأ في هذه الصفحة.',
  ],
  cashier_not_signed_in: [
    'The server does not know yet who is at the till: lock it and unlock it again.',
    'Le serveur ne sait pas encore qui est à la caisse : verrouillez-la puis déverrouillez-la.',
    'لا يعرف الخادم بعد من على نقطة البيع: اقفلها ثم افتحها من جديد.',
  ],
  close_needs_server: [
    'A session is closed and counted while the server answers: it has to have all sales. What was sold is safe here until then.',
    'La clôture et le comptage demandent le serveur : il lui faut toutes les ventes. Elles sont conservées ici en attendant.',
    'يتم الإغلاق والعد أثناء الاتصال: يجب أن تصل كل المبيعات إلى الخادم. ما بيع محفوظ هنا حتى ذلك الحين.',
  ],
  tender_needs_server: [
    'The server does not answer, and this tender is taken or given back only while it does. Try again, or use another one.',
    'Le serveur ne répond pas, et ce mode de paiement le demande. Réessayez, ou choisissez-en un autre.',
    'الخادم لا يستجيب، ووسيلة الدفع هذه تتطلب الاتصال به. أعد المحاولة أو استخدم وسيلة أخرى.',
  ],
  trivial_pin: [
    'This PIN is one of the first that anybody tries.',
    'Ce code est l’un des premiers que l’on essaierait.',
    'هذا الرمز من أول ما يُجرَّب.',
  ],
  grants_too_much: [
    'You cannot give or take what you do not hold yourself.',
    'Vous ne pouvez ni donner ni retirer un droit que vous n’avez pas vous-même.',
    'لا يمكنك منح أو سحب صلاحية لا تملكها.',
  ],
  last_owner: [
    'Somebody must keep a role with all permissions, in the whole business.',
    'Quelqu’un doit garder un rôle avec tous les droits, dans toute l’entreprise.',
    'يجب أن يبقى لشخص ما دور بكل الصلاحيات في المنشأة كلها.',
  ],
  already_invited: ['This address is invited already.', 'Cette adresse est déjà invitée.', 'هذا العنوان مدعو مسبقًا.'],
  role_name_taken: ['Another role has this name.', 'Un autre rôle porte ce nom.', 'هناك دور آخر بهذا الاسم.'],
  version_conflict: [
    'Somebody changed this in the meantime. Load the page anew and try again.',
    'Quelqu’un a modifié ceci entre-temps. Rechargez la page et réessayez.',
    'عدّل شخص آخر هذا في الأثناء. أعد تحميل الصفحة وحاول من جديد.',
  ],
  branch_code_taken: [
    'Another branch has this code.',
    'Un autre point de vente porte ce code.',
    'هناك فرع آخر بهذا الرمز.',
  ],
  invalid_input: ['Check the fields that are marked.', 'Vérifiez les champs signalés.', 'تحقق من الحقول المحددة.'],
})

export interface Said {
  readonly said: string
  /** What only the server tells, such as a name or an amount; it is English. */
  readonly detail?: string
}

let fieldWords: typeof import('./refusal-words/field-words.ts') | undefined

// What the server says is English; the words of other languages come after the first page, of which they are no part.
words.on('languageChanged', (language: string) => void loadRefusals(language))
void loadRefusals(words.language)

/** Adds what refusals say in French and Arabic, unless it is there or nobody needs it. */
async function loadRefusals(language: string): Promise<void> {
  if (language === 'en' || words.exists('not_found', { ns: 'problems', lng: language, fallbackLng: [] })) return
  const loaded = await import('./refusal-words/refusals.ts').catch(() => undefined)
  for (const [code, [french, arabic]] of Object.entries(loaded?.refusalWords ?? {})) {
    words.addResource('fr', 'problems', code, french)
    words.addResource('ar', 'problems', code, arabic)
  }
  fieldWords = loaded
}

/** What a person is told of an error, in their language where we have it, and what the server tells beyond that. */
export function sayProblem(error: unknown): Said {
  const problem = problemOf(error)
  if (!problem) return { said: translate('problems', 'unexpected') }
  const { code, title, detail } = problem
  const said = explainCode(code, detail)
  const tellsMore = said !== detail && detail !== title && code !== 'invalid_input'
  return tellsMore ? { said, detail } : { said }
}

/** The same as one text. */
export function explain(error: unknown): string {
  const { said, detail } = sayProblem(error)
  return detail === undefined ? said : `${said} (${isolated(detail)})`
}

/** English within a sentence of another direction keeps its own. */
function isolated(text: string): string {
  return `\u2068${text}\u2069`
}

/** What a code of a refusal says; the other text where the language lacks it. */
export function explainCode(code: string, otherwise: string): string {
  return isSaid(code) ? translate('problems', code) : otherwise
}

function isSaid(code: string): boolean {
  return words.exists(code, { ns: 'problems', lng: words.language as Language, fallbackLng: [] })
}

/** The refusals of the server by the field they are about; `lines.0.quantity` stays as it is. */
export function sayFields(error: unknown): Record<string, Said> {
  const { errors = [], title = '' } = problemOf(error) ?? {}
  return Object.fromEntries(errors.map(({ path, code, message }) => [path, sayField(code, message, title)]))
}

/** What one field is refused for; the title of the refusal adds nothing to its words. */
export function sayField(code: string, message: string, title = ''): Said {
  if (isSaid(code)) {
    const said = translate('problems', code)
    const tellsMore = message !== said && message.replace(/^line \d+: /, '') !== title
    return tellsMore ? { said, detail: message } : { said }
  }
  const at = ['fr', 'ar'].indexOf(words.language)
  if (at === -1 || !fieldWords) return { said: message }
  for (const [says, texts] of fieldWords.fieldWords) {
    const found = says.exec(message)
    if (found) return { said: (texts[at] ?? '').replace(/\$(\d)/g, (_, group) => isolated(found[group] ?? '')) }
  }
  return { said: fieldWords.otherFieldWords[at] ?? message, detail: message }
}
