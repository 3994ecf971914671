import i18next from 'i18next'
import { useMemo, useSyncExternalStore } from 'react'

export const languages = ['en', 'fr', 'ar'] as const
export type Language = (typeof languages)[number]

/** What a phrase is in English, French and Arabic. */
export type Phrase = readonly [english: string, french: string, arabic: string]
export type Phrases = Readonly<Record<string, Phrase>>
/** `sales_one` is a form of `sales`, asked for by its count. */
type Key<P extends Phrases> =
  Extract<keyof P, string> extends infer K
    ? K extends `${infer Name}_${'zero' | 'one' | 'two' | 'few' | 'many' | 'other'}`
      ? Name
      : K
    : never
export type Translate<P extends Phrases> = (key: Key<P> & string, values?: Record<string, unknown>) => string

const kept = 'comptoir.language'

/** The i18next instance of the app; it has the words of those screens that were loaded. */
export const words = i18next.createInstance()
void words.init({
  lng: firstLanguage(),
  fallbackLng: 'en',
  initAsync: false,
  resources: {},
  interpolation: { escapeValue: false },
  returnNull: false,
})

/**
 * The words of the screens of one noun, a phrase a row. With a count i18next takes the form that the language has for it
 * (`_one`, `_two`, `_few`, `_many`), or else the phrase without one. Answers the hook that screens read them with.
 */
export function defineWords<const P extends Phrases>(noun: string, phrases: P): () => Translate<P> {
  for (const [at, language] of languages.entries()) {
    const texts = Object.fromEntries(Object.entries(phrases).map(([key, phrase]) => [key, phrase[at]]))
    words.addResourceBundle(language, noun, texts)
  }
  return () => {
    const language = useLanguage()
    return useMemo(() => words.getFixedT(language, noun) as unknown as Translate<P>, [language])
  }
}

/** The language that is shown: whoever asks is rendered anew in another. */
export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, () => words.language as Language)
}

function onLanguage(listener: () => void): () => void {
  words.on('languageChanged', listener)
  return () => words.off('languageChanged', listener)
}

/** The words of a noun outside of a component. */
export function translate(noun: string, key: string, values: Record<string, unknown> = {}): string {
  return words.t(key, { ns: noun, ...values })
}

export function directionOf(language: string): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr'
}

export async function setLanguage(language: Language): Promise<void> {
  localStorage.setItem(kept, language)
  await words.changeLanguage(language)
}

/** The one that was chosen here, else the first of ours that the browser wants. */
function firstLanguage(): Language {
  const wanted = [localStorage.getItem(kept) ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2))
  return wanted.flatMap((tag) => languages.filter((one) => one === tag))[0] ?? 'en'
}
