import { Button, Modal, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useRef } from 'react'
import { useCommand, useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { Conditions } from './rule-conditions.tsx'
import { KindFields } from './rule-fields.tsx'
import { useRuleFormWords } from './rule-form-words.ts'
import { kindFor, kindsOf } from './rule-kinds.ts'
import { type Dataset, firstValues, newRuleOf, ofColumn, type RuleValues } from './rule-values.ts'
import { schedules, severities, useQualityWords } from './words.ts'

/** Makes a rule, where that is permitted. */
export function NewRule() {
  const t = useRuleFormWords()
  const common = useCommonWords()
  const may = useMay()
  const [isOpen, { open, close }] = useDisclosure()
  const { data } = useRead('quality.list-datasets', {}, { enabled: isOpen })
  if (!may('quality.create-rule')) return null
  return (
    <>
      <Button variant="default" leftSection={<IconPlus size={16} />} onClick={open}>
        {t('begin')}
      </Button>
      <Modal
        opened={isOpen && data !== undefined}
        onClose={close}
        size="lg"
        title={t('begin')}
        closeButtonProps={{ 'aria-label': common('close') }}
      >
        <RuleForm datasets={data?.items ?? []} onDone={close} />
      </Modal>
    </>
  )
}

/** After it was saved it can be judged at once: what it finds shows whether it asks for the right thing. */
function useRuleForm(datasets: readonly Dataset[], onDone: () => void) {
  const t = useRuleFormWords()
  const navigate = useNavigate()
  const run = useCommand('quality.run-rules')
  const isChecked = useRef(false)
  const columnsOf = (name: string) => datasets.find((one) => one.name === name)?.columns ?? []
  const of = useCommandForm('quality.create-rule', {
    values: firstValues,
    input: (values) => newRuleOf(values, columnsOf(values.dataset)),
    fieldOf: (code) => fieldOfCode[code],
    onDone: ({ id }) => {
      tellDone(t('made'))
      onDone()
      // The form is gone by then: what follows is not of it.
      if (isChecked.current)
        run
          .mutateAsync({ rule_id: id })
          .then((begun) => navigate({ to: '/quality/runs/$id', params: { id: begun.id } }), tell)
    },
  })
  const send = (event?: React.FormEvent<HTMLFormElement>) => {
    event?.preventDefault()
    const { submitter } = (event?.nativeEvent ?? {}) as Partial<SubmitEvent>
    isChecked.current = submitter?.getAttribute('name') === checkName
    const { kind, column, columns } = of.form.values
    if (ofColumn.includes(kind) && column === '') return of.form.setErrors({ column: t('needed') })
    if (kind === 'unique' && columns.length === 0) return of.form.setErrors({ columns: t('needed') })
    of.send(event)
  }
  return { of, send }
}

/** The button that has the rule judged at once. */
const checkName = 'check'

const fieldOfCode: Readonly<Record<string, keyof RuleValues & string>> = {
  quality_column_unknown: 'column',
  quality_column_unfit: 'column',
  quality_bound_missing: 'at_least',
  quality_pattern_invalid: 'pattern',
  quality_sql_refused: 'sql',
  quality_sql_forbidden: 'sql',
}

/** Another kind or dataset begins anew with what is about columns. */
function beginnings(form: ReturnType<typeof useRuleForm>['of']['form'], datasets: readonly Dataset[], maySql: boolean) {
  const begin = (more: Partial<RuleValues>) => {
    form.clearErrors()
    form.setValues({ ...more, column: '', columns: [], when: [], at_least: '', at_most: '', within_days: '' })
  }
  const chooseDataset = (name: string) => {
    const next = datasets.find((one) => one.name === name)
    if (next) begin({ dataset: next.name, kind: kindFor(next, form.values.kind, maySql) })
  }
  return { begin, chooseDataset }
}

function RuleForm({ datasets, onDone }: { datasets: readonly Dataset[]; onDone: () => void }) {
  const t = useQualityWords()
  const words = useRuleFormWords()
  const common = useCommonWords()
  const may = useMay()
  const maySql = useWorkplace().permissions.includes('quality.write-sql')
  const { of, send } = useRuleForm(datasets, onDone)
  const { form } = of
  const dataset = datasets.find(({ name }) => name === form.values.dataset)
  const { begin, chooseDataset } = beginnings(form, datasets, maySql)
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label={t('name')}
          placeholder={words('says')}
          required
          data-autofocus
          maxLength={100}
          {...form.getInputProps('name')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label={t('dataset')}
            allowDeselect={false}
            data={datasets.map(({ name }) => ({ value: name, label: t(name) }))}
            value={form.values.dataset}
            onChange={(name) => name && chooseDataset(name)}
          />
          <Select
            label={t('kind')}
            allowDeselect={false}
            data={kindsOf(dataset, maySql).map((value) => ({ value, label: t(value) }))}
            value={form.values.kind}
            onChange={(kind) => kind && begin({ kind: kind as RuleValues['kind'] })}
          />
        </SimpleGrid>
        {dataset ? <KindFields form={form} dataset={dataset} datasets={datasets} /> : null}
        {dataset && form.values.kind !== 'custom_sql' ? <Conditions form={form} dataset={dataset} /> : null}
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label={t('severity')}
            description={form.values.severity === 'FAIL' ? t('FAILSays') : undefined}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            allowDeselect={false}
            data={severities.map((value) => ({ value, label: t(value) }))}
            {...form.getInputProps('severity')}
          />
          <Select
            label={t('schedule')}
            allowDeselect={false}
            data={schedules.map((value) => ({ value, label: t(`schedule-${value}`) }))}
            {...form.getInputProps('schedule')}
          />
        </SimpleGrid>
        <FormEnd of={of} label={common('save')}>
          {may('quality.run-rules') ? (
            <Button type="submit" name={checkName} variant="default" loading={of.isSending}>
              {words('saveAndCheck')}
            </Button>
          ) : null}
        </FormEnd>
      </Stack>
    </form>
  )
}
