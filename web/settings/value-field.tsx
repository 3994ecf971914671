import { NumberInput, SegmentedControl, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useCommonWords } from '../ui/common-words.ts'
import { choiceText } from './setting-words.ts'
import type { Setting } from './settings.tsx'
import { useSettingWords } from './words.ts'

interface Kind {
  readonly type: 'boolean' | 'number' | 'choice' | 'numbers' | 'texts' | 'text'
  readonly choices: readonly string[]
  /** Null is one of its values: nothing set. */
  readonly canBeNull: boolean
}

/** How a setting is typed in: by what it takes, in the words of the server, and by its usual value. */
export function kindOf({ takes, default: usual }: Pick<Setting, 'takes' | 'default'>): Kind {
  const choices = takes.startsWith('one of ') ? (JSON.parse(`[${takes.slice(7)}]`) as string[]) : []
  const type = () => {
    if (choices.length > 0) return 'choice'
    if (takes.startsWith('true')) return 'boolean'
    if (Array.isArray(usual))
      return usual.every((one) => typeof one === 'number') && usual.length > 0 ? 'numbers' : 'texts'
    return typeof usual === 'number' ? 'number' : 'text'
  }
  return { type: type(), choices, canBeNull: takes.includes('null') }
}

/** A value as the field holds it; nothing set is the empty text. */
export function textOfValue(value: unknown): string {
  if (value === null || value === undefined) return ''
  return Array.isArray(value) ? value.join('\n') : String(value)
}

/** The value that the field means. What it does not understand goes to the server as it is, which says why not. */
export function readValue({ type, canBeNull }: Kind, text: string) {
  const lines = text.split('\n').flatMap((line) => line.trim() || [])
  if (type === 'numbers') return lines.map((line) => JSON.parse(/^\d+$/.test(line) ? line : JSON.stringify(line)))
  if (type === 'texts') return lines
  if (text.trim() === '' && canBeNull) return null
  if (type === 'boolean') return text === 'true'
  if (type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return JSON.parse(text) as number
  return text.trim()
}

interface FieldProps {
  readonly kind: Kind
  readonly takes: string
  readonly value?: string
  readonly onChange?: (value: unknown) => void
  readonly error?: React.ReactNode
}

/** A field for the kind of value. */
export function ValueField({ kind, takes, value = '', onChange, error }: FieldProps) {
  const t = useSettingWords()
  const common = useCommonWords()
  const given = { label: t('value'), value, error, ...(onChange ? { onChange } : {}) }
  if (kind.type === 'boolean') {
    const choices = [
      ...(kind.canBeNull ? [{ value: '', label: t('isNothing') }] : []),
      { value: 'true', label: common('yes') },
      { value: 'false', label: common('no') },
    ]
    return (
      <Stack gap={4}>
        <SegmentedControl aria-label={t('value')} data={choices} value={value} {...(onChange ? { onChange } : {})} />
        {error ? (
          <Text size="xs" c="red" role="alert">
            {error}
          </Text>
        ) : null}
      </Stack>
    )
  }
  if (kind.type === 'choice')
    return (
      <Select
        {...given}
        data={kind.choices.map((choice) => ({ value: choice, label: choiceText(choice) }))}
        allowDeselect={false}
      />
    )
  const described = { ...given, description: t('takes', { takes }), 'data-autofocus': true }
  if (kind.type === 'number') {
    return <NumberInput {...described} onChange={(next) => onChange?.(String(next))} hideControls={false} />
  }
  if (kind.type === 'text') return <TextInput {...described} dir="auto" />
  return <Textarea {...described} placeholder={t('perLine')} autosize minRows={3} dir="ltr" />
}
