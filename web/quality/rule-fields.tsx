import { MultiSelect, NumberInput, Select, SimpleGrid, Switch, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { useRuleFormWords } from './rule-form-words.ts'
import { type Dataset, type DatasetColumn, fitting, ofColumn, type RuleValues } from './rule-values.ts'
import { columnName, useQualityWords } from './words.ts'

export interface FieldsProps {
  readonly form: UseFormReturnType<RuleValues>
  readonly dataset: Dataset
}

const mostColumns = 4

/** Columns to choose from, by what they are called. */
export const choicesOf = (columns: readonly DatasetColumn[]) =>
  columns.map(({ name }) => ({ value: name, label: columnName(name) }))

/** What kind of field takes a value of a column. */
export function typeOf({ columns }: Dataset, column: string): 'date' | 'datetime-local' | 'text' {
  const kind = columns.find(({ name }) => name === column)?.kind
  if (kind === 'day') return 'date'
  return kind === 'time' ? 'datetime-local' : 'text'
}

/** What a rule of its kind has to say. */
export function KindFields({ form, dataset, datasets }: FieldsProps & { datasets: readonly Dataset[] }) {
  const t = useRuleFormWords()
  const { kind } = form.values
  return (
    <>
      {ofColumn.includes(kind) ? (
        <Select
          label={t('column')}
          required
          searchable
          data={choicesOf(fitting(dataset, kind))}
          value={form.values.column || null}
          error={form.errors.column}
          onChange={(column) => form.setFieldValue('column', column ?? '')}
        />
      ) : null}
      {kind === 'range' ? <Bounds form={form} dataset={dataset} /> : null}
      {kind === 'unique' ? <Unique form={form} dataset={dataset} /> : null}
      {kind === 'reference' ? <Reference form={form} datasets={datasets} /> : null}
      {kind === 'pattern' ? <Pattern form={form} /> : null}
      {kind === 'freshness' ? (
        <NumberInput
          label={t('maxAge')}
          required
          min={1}
          max={87_600}
          allowDecimal={false}
          {...form.getInputProps('max_age_hours')}
        />
      ) : null}
      {kind === 'row_count_change' ? <Change form={form} /> : null}
      {kind === 'custom_sql' ? (
        <Textarea
          label={t('sql')}
          description={t('sqlSays')}
          required
          autosize
          minRows={4}
          maxLength={4_000}
          spellCheck={false}
          dir="ltr"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          {...form.getInputProps('sql')}
        />
      ) : null}
    </>
  )
}

function Bounds({ form, dataset }: FieldsProps) {
  const t = useRuleFormWords()
  const type = typeOf(dataset, form.values.column)
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput type={type} dir="ltr" label={t('atLeast')} {...form.getInputProps('at_least')} />
        <TextInput type={type} dir="ltr" label={t('atMost')} {...form.getInputProps('at_most')} />
      </SimpleGrid>
      <Switch label={t('isStrict')} {...form.getInputProps('is_strict', { type: 'checkbox' })} />
    </>
  )
}

function Unique({ form, dataset }: FieldsProps) {
  const t = useRuleFormWords()
  return (
    <>
      <MultiSelect
        label={t('columns')}
        description={t('columnsSays')}
        required
        searchable
        maxValues={mostColumns}
        data={choicesOf(dataset.columns)}
        {...form.getInputProps('columns')}
      />
      <IgnoresCase form={form} />
    </>
  )
}

function Reference({ form, datasets }: Pick<FieldsProps, 'form'> & { datasets: readonly Dataset[] }) {
  const t = useRuleFormWords()
  const names = useQualityWords()
  const other = datasets.find(({ name }) => name === form.values.of_dataset)
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label={t('ofDataset')}
        allowDeselect={false}
        data={datasets.map(({ name }) => ({ value: name, label: names(name) }))}
        {...form.getInputProps('of_dataset')}
        onChange={(name) => {
          const columns = datasets.find((one) => one.name === name)?.columns ?? []
          const of_column = columns.some((one) => one.name === 'id') ? 'id' : (columns[0]?.name ?? '')
          form.setValues({ of_dataset: name as Dataset['name'], of_column })
        }}
      />
      <Select
        label={t('ofColumn')}
        allowDeselect={false}
        data={choicesOf(other?.columns ?? [])}
        {...form.getInputProps('of_column')}
      />
    </SimpleGrid>
  )
}

function Pattern({ form }: Pick<FieldsProps, 'form'>) {
  const t = useRuleFormWords()
  return (
    <>
      <TextInput
        label={t('pattern')}
        description={t('patternSays')}
        required
        dir="ltr"
        maxLength={200}
        {...form.getInputProps('pattern')}
      />
      <IgnoresCase form={form} />
    </>
  )
}

function IgnoresCase({ form }: Pick<FieldsProps, 'form'>) {
  const t = useRuleFormWords()
  return <Switch label={t('ignoresCase')} {...form.getInputProps('ignores_case', { type: 'checkbox' })} />
}

function Change({ form }: Pick<FieldsProps, 'form'>) {
  const t = useRuleFormWords()
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <NumberInput
        label={t('maxDrop')}
        description={t('changeSays')}
        min={0}
        max={100}
        allowDecimal={false}
        {...form.getInputProps('max_drop_percent')}
        error={form.errors.max_drop_percent ?? form.errors.at_least}
      />
      <NumberInput
        label={t('maxRise')}
        description={t('changeSays')}
        min={0}
        max={100_000}
        allowDecimal={false}
        {...form.getInputProps('max_rise_percent')}
      />
    </SimpleGrid>
  )
}
