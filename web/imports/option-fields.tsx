import { Paper, Select, SimpleGrid, Switch, TextInput, Title } from '@mantine/core'
import { asChoices, useTaxClasses, useUnits } from '../catalog/use-catalog.ts'
import { useBranches } from '../identity/session.ts'
import { useOpenLists } from '../pricing/use-price-lists.ts'
import { defineWords } from '../ui/words.ts'
import { useImportNames } from './field-words.ts'
import type { Import, Target } from './use-import.ts'

const useWords = defineWords('import-options', {
  title: ['Asked beside the columns', 'À préciser en plus', 'يُسأل إضافة إلى الأعمدة'],
  needed: ['Say this for this file.', 'À préciser pour ce fichier.', 'حدّد هذا لهذا الملف.'],
})

type Option = Target['options'][number]
type Options = Import['options']

/** Whether an option has to be said, by the fields that have a column. */
export function isNeeded({ needed }: Option, mapping: Import['mapping']): boolean {
  if (!needed) return false
  const has = (field: string) => mapping[field] !== undefined
  return (needed.with === undefined || has(needed.with)) && (needed.without === undefined || !has(needed.without))
}

/** What goes without saying: the one branch of a business that has one. */
export function useDefaults({ options }: Target): Options {
  const { branches } = useBranches()
  const [only, ...others] = branches
  const asksBranch = options.some(({ name }) => name === 'branch_id')
  return asksBranch && only && others.length === 0 ? { branch_id: only.id } : {}
}

interface FieldsProps {
  readonly target: Target
  readonly options: Options
  readonly mapping: Import['mapping']
  /** What is missing is told once somebody has tried to go on. */
  readonly isTried: boolean
  /** What the server refused; it begins with the name of the option. */
  readonly refusal: string | null | undefined
  readonly onChange: (options: Options) => void
}

/** What a target asks for beside the columns. */
export function OptionFields({ target, options, mapping, isTried, refusal, onChange }: FieldsProps) {
  const t = useWords()
  if (target.options.length === 0) return null
  const errorOf = (option: Option) => {
    if (refusal?.includes(`${option.name}: `)) return t('needed')
    return isTried && isNeeded(option, mapping) && !options[option.name] ? t('needed') : null
  }
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="sm">
        {t('title')}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {target.options.map((option) => (
          <OptionField
            key={option.name}
            target={target.name}
            option={option}
            value={options[option.name]}
            isRequired={isNeeded(option, mapping)}
            error={errorOf(option)}
            onChange={(value) => onChange({ ...options, [option.name]: value })}
          />
        ))}
      </SimpleGrid>
    </Paper>
  )
}

interface FieldProps {
  readonly target: string
  readonly option: Option
  readonly value: string | boolean | undefined
  readonly isRequired: boolean
  readonly error: string | null
  readonly onChange: (value: string | boolean) => void
}

function OptionField({ target, option, value, isRequired, error, onChange }: FieldProps) {
  const { optionOf, helpOf, choiceOf } = useImportNames()
  const things = useThings(option.name)
  const { name, kind, choices = [] } = option
  const shown = {
    label: optionOf(target, name),
    description: helpOf(target, name) || null,
    required: isRequired,
    error,
  }
  if (kind === 'boolean')
    return (
      <Switch
        label={shown.label}
        mt={30}
        // They are unless told.
        checked={value !== false}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    )
  if (kind === 'choice' || (kind === 'id' && things)) {
    const data = kind === 'choice' ? choices.map((one) => ({ value: one, label: choiceOf(name, one) })) : (things ?? [])
    const usual = kind === 'choice' ? (choices[0] ?? null) : null
    return (
      <Select
        {...shown}
        data={data}
        value={typeof value === 'string' && value !== '' ? value : usual}
        allowDeselect={false}
        clearable={kind === 'id' && !isRequired}
        searchable={data.length > 8}
        onChange={(next) => onChange(next ?? '')}
      />
    )
  }
  return (
    <TextInput
      {...shown}
      type={kind === 'day' ? 'date' : 'text'}
      value={String(value ?? '')}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

/** What an option chooses from. */
export function useThings(option: string): { value: string; label: string }[] | undefined {
  const { branches } = useBranches()
  const all: Readonly<Record<string, readonly { id: string; name: string }[]>> = {
    tax_class_id: useTaxClasses(),
    unit_id: useUnits(),
    branch_id: branches,
    price_list_id: useOpenLists(),
  }
  const things = all[option]
  return things && asChoices(things)
}
