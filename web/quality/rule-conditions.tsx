import { ActionIcon, Button, Fieldset, Group, NumberInput, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useCommonWords } from '../ui/common-words.ts'
import { choicesOf, type FieldsProps, typeOf } from './rule-fields.tsx'
import { useRuleFormWords } from './rule-form-words.ts'
import { type Condition, comparisons } from './rule-values.ts'

const mostConditions = 5
const undated = ['freshness', 'row_count_change']

/** Which rows are judged: those of which all of this is true. */
export function Conditions({ form, dataset }: FieldsProps) {
  const t = useRuleFormWords()
  const { when, kind } = form.values
  const set = (at: number, more: Partial<Condition>) =>
    form.setFieldValue(
      'when',
      when.map((one, index) => (index === at ? { ...one, ...more } : one)),
    )
  const first = dataset.columns.find(({ kind: of }) => of !== 'id')?.name ?? ''
  return (
    <Fieldset legend={t('only')} p="sm">
      <Stack gap="xs">
        {when.map((one, at) => (
          <ConditionFields
            // biome-ignore lint/suspicious/noArrayIndexKey: conditions have nothing else that names them
            key={at}
            of={one}
            dataset={dataset}
            onChange={(more) => set(at, more)}
            onRemove={() =>
              form.setFieldValue(
                'when',
                when.filter((_, index) => index !== at),
              )
            }
          />
        ))}
        <Group justify="space-between" align="flex-end">
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            disabled={when.length >= mostConditions}
            onClick={() => form.setFieldValue('when', [...when, { column: first, is: 'equal', value: '' }])}
          >
            {t('addCondition')}
          </Button>
          {dataset.time === null || undated.includes(kind) ? null : (
            <NumberInput
              label={t('withinDays')}
              placeholder={t('everyDay')}
              min={1}
              max={3_650}
              allowDecimal={false}
              w={{ base: '100%', xs: 300 }}
              {...form.getInputProps('within_days')}
            />
          )}
        </Group>
      </Stack>
    </Fieldset>
  )
}

interface ConditionProps {
  readonly of: Condition
  readonly dataset: FieldsProps['dataset']
  readonly onChange: (more: Partial<Condition>) => void
  readonly onRemove: () => void
}

function ConditionFields({ of, dataset, onChange, onRemove }: ConditionProps) {
  const t = useRuleFormWords()
  const column = dataset.columns.find(({ name }) => name === of.column)
  const hasOrder = column !== undefined && ['number', 'day', 'time'].includes(column.kind)
  const possible = comparisons.filter((one) => hasOrder || (one !== 'above' && one !== 'below'))
  const takesValue = of.is !== 'empty' && of.is !== 'filled'
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="xs" verticalSpacing="xs" flex={1}>
        <Select
          aria-label={t('column')}
          allowDeselect={false}
          searchable
          data={choicesOf(dataset.columns)}
          value={of.column}
          onChange={(name) => name && onChange({ column: name, is: 'equal', value: '' })}
        />
        <Select
          aria-label={t('comparison')}
          allowDeselect={false}
          data={possible.map((value) => ({ value, label: t(value) }))}
          value={of.is}
          onChange={(is) => is && onChange({ is: is as Condition['is'] })}
        />
        {takesValue ? <Value of={of} type={typeOf(dataset, of.column)} kind={column?.kind} {...{ onChange }} /> : null}
      </SimpleGrid>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('removeCondition')} onClick={onRemove}>
        <IconX size={16} />
      </ActionIcon>
    </Group>
  )
}

interface ValueProps extends Pick<ConditionProps, 'of' | 'onChange'> {
  readonly type: ReturnType<typeof typeOf>
  readonly kind: string | undefined
}

function Value({ of, type, kind, onChange }: ValueProps) {
  const common = useCommonWords()
  if (kind === 'boolean')
    return (
      <Select
        aria-label={common('value')}
        required
        data={[
          { value: 'true', label: common('yes') },
          { value: 'false', label: common('no') },
        ]}
        value={of.value || null}
        onChange={(value) => onChange({ value: value ?? '' })}
      />
    )
  return (
    <TextInput
      aria-label={common('value')}
      required
      type={type}
      dir="auto"
      value={of.value}
      onChange={(event) => onChange({ value: event.currentTarget.value })}
    />
  )
}
