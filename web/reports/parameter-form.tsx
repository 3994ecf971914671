import { Button, Group, Input, NumberInput, SegmentedControl, Select, Switch, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { useBranches } from '../identity/session.ts'
import type { Field, Given, useGiven } from './parameters.ts'
import { PeriodField } from './period-field.tsx'
import { useSay } from './report-words.ts'
import { useReportWords } from './words.ts'

type SetGiven = ReturnType<typeof useGiven>['set']

interface FieldProps {
  readonly report: string
  readonly field: Field
  readonly given: Given
  readonly set: SetGiven
}

/** What a report is asked for; whatever is changed is asked at once. */
export function ParameterForm(props: {
  report: string
  fields: readonly Field[]
  given: Given
  today: string | undefined
  set: SetGiven
}) {
  const t = useReportWords()
  const { fields, report, given, set, today } = props
  const reset = () => set(Object.fromEntries([...Object.keys(given)].map((name) => [name, undefined])))
  return (
    <Group gap="md" align="flex-end" className="list-filters no-print">
      {fields.map((field) =>
        field.kind === 'period' ? (
          <PeriodField key={field.name} {...{ field, given, today, set }} />
        ) : (
          <ParameterField key={field.name} {...{ report, field, given, set }} />
        ),
      )}
      {Object.keys(given).length > 0 ? (
        <Button variant="subtle" onClick={reset}>
          {t('reset')}
        </Button>
      ) : null}
    </Group>
  )
}

function ParameterField({ report, field, given, set }: FieldProps) {
  const t = useReportWords()
  const say = useSay()
  const { name, kind, usual } = field
  const label = say([`parameter/${report}/${name}`, `parameter/${name}`], name)
  const value = given[name] ?? usual
  if (kind === 'branch') return <BranchField {...{ label, set }} value={value} />
  if (kind === 'choice') return <ChoiceField {...{ report, field, given, set, label }} />
  if (kind === 'number') return <NumberField {...{ field, label, set }} value={Number(value)} />
  if (kind === 'flag')
    return (
      <Switch
        label={label}
        mb={8}
        checked={value === true}
        onChange={(event) => set({ [name]: event.currentTarget.checked })}
      />
    )
  return (
    <TextInput
      type="date"
      label={label}
      description={value === undefined ? t('today') : null}
      inputWrapperOrder={['label', 'input', 'description']}
      value={String(value ?? '')}
      onChange={(event) => set({ [name]: event.currentTarget.value || undefined })}
    />
  )
}

function BranchField({ label, value, set }: { label: string; value: unknown; set: SetGiven }) {
  const t = useReportWords()
  const { branches } = useBranches()
  if (branches.length < 2 && value === undefined) return null
  return (
    <Select
      label={label}
      placeholder={t('everyBranch')}
      clearable
      searchable={branches.length > 8}
      data={branches.map(({ id, name }) => ({ value: id, label: name }))}
      value={value === undefined ? null : String(value)}
      onChange={(id) => set({ branch_id: id ?? undefined })}
      w={240}
    />
  )
}

/** Few choices stand side by side. */
function ChoiceField({ report, field: { name, choices, usual }, given, set, label }: FieldProps & { label: string }) {
  const say = useSay()
  const data = choices.map((value) => ({
    value,
    label: say([`choice/${report}/${name}`, `choice/${name}/${value}`], value),
  }))
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ style: { display: 'block' } }}>
      <SegmentedControl
        aria-label={label}
        maw="100%"
        data={data}
        value={String(given[name] ?? usual)}
        onChange={(value) => set({ [name]: value })}
      />
    </Input.Wrapper>
  )
}

/** What is typed counts when typing rests. */
function NumberField(props: { field: Field; label: string; value: number; set: SetGiven }) {
  const { field, label, set } = props
  const [value, setValue] = useState<number | string>(props.value)
  const [asked, setAsked] = useState(props.value)
  if (asked !== props.value) {
    setAsked(props.value)
    setValue(props.value)
  }
  const send = useDebouncedCallback((next: number) => set({ [field.name]: next }), 400)
  return (
    <NumberInput
      label={label}
      value={value}
      allowDecimal={false}
      min={field.least ?? 0}
      {...(field.most === undefined ? {} : { max: field.most })}
      clampBehavior="blur"
      w={140}
      onChange={(next) => {
        setValue(next)
        if (typeof next === 'number' && next >= (field.least ?? 0) && next <= (field.most ?? Number.POSITIVE_INFINITY))
          send(next)
      }}
    />
  )
}
