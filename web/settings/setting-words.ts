import { type Language, languages, words } from '../ui/words.ts'
import { choiceWords, settingWords } from './setting-table.ts'

interface Said {
  readonly name: string
  readonly help: string
  readonly takes: string
}

/** What a setting is called, does and takes, in the language of the person; what this app does not know, as the server says it. */
export function settingText({ name, help, takes }: Said): Said {
  const known = settingWords[name]
  const at = languages.indexOf(words.language as Language)
  return { name: known?.name[at] ?? name, help: known?.help[at - 1] ?? help, takes: known?.takes[at - 1] ?? takes }
}

/** What one of the choices of a setting is called. */
export function choiceText(choice: string): string {
  return choiceWords[choice]?.[languages.indexOf(words.language as Language)] ?? choice
}
