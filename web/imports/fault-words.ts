import { type Said, sayField } from '../ui/problem.ts'
import { defineWords, useLanguage, words } from '../ui/words.ts'
import { faultWords } from './fault-phrases.ts'
import type { ImportError } from './use-import.ts'

const noun = 'import-faults'

defineWords(noun, faultWords)

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
