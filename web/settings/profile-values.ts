import { languages, words } from '../ui/words.ts'

/** The languages that letters and receipts are written in, as spoken in these countries; what is set already, too. */
export function languageNames(countries: readonly string[], chosen: string | undefined) {
  const usual = languages.flatMap((language) => [language, ...countries.map((country) => `${language}-${country}`)])
  const names = new Intl.DisplayNames(words.language, { type: 'language' })
  const tags = new Set([...usual, ...(chosen ? [chosen] : [])])
  return [...tags].map((tag) => ({ value: tag, label: names.of(tag) ?? tag }))
}

/** What was typed as a number; what is none goes to the server as it is, which says why not. */
export function wholeNumber(typed: string): number {
  const text = typed.trim()
  return /^\d{1,9}$/.test(text) ? Number(text) : (text as unknown as number)
}

/** `50.0000` as 50.00. */
export function shortened(amount: string): string {
  return amount.replace(/(\.\d\d)0+$/, '$1')
}
