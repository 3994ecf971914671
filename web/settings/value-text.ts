import { useCommonWords } from '../ui/common-words.ts'
import { choiceText } from './setting-words.ts'
import { useSettingWords } from './words.ts'

/** What a value says in words. */
export function useValueText(): (value: unknown) => string {
  const t = useSettingWords()
  const common = useCommonWords()
  const textOf = (value: unknown): string => {
    if (value === null || value === undefined) return t('nothing')
    if (typeof value === 'boolean') return common(value ? 'yes' : 'no')
    if (Array.isArray(value)) return value.length === 0 ? t('nothing') : value.map(String).join(', ')
    return choiceText(String(value))
  }
  return textOf
}
