import { Checkbox, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tellDone } from '../ui/tell.tsx'
import type { Given } from './parameters.ts'
import { type Saved, useManages, useReportName } from './use-reports.ts'
import { useReportWords } from './words.ts'

/** Keeps a report with what is chosen, for oneself or for all. */
export function SaveReport(props: {
  report: string
  given: Given
  onSaved: (saved: Saved) => void
  onClose: () => void
}) {
  const t = useReportWords()
  const common = useCommonWords()
  const { titleOf } = useReportName()
  const { report, given, onSaved, onClose } = props
  const of = useCommandForm('reports.save-report', {
    values: { name: titleOf(report), is_shared: false },
    input: (values) => ({ ...values, name: values.name.trim(), report, parameters: given }),
    onDone: (saved) => {
      tellDone(common('saved'))
      onSaved(saved)
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={t('saveTitle')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={of.send}>
        <Stack>
          <Text size="sm" c="dimmed">
            {t('saveSays')}
          </Text>
          <NameAndShare of={of} />
          <FormEnd of={of} label={common('save')} />
        </Stack>
      </form>
    </Modal>
  )
}

/** Gives a saved report another name, shares it, or keeps it for oneself again. */
export function ChangeSaved({ saved, onClose }: { saved: Saved; onClose: () => void }) {
  const t = useReportWords()
  const common = useCommonWords()
  const of = useCommandForm('reports.change-saved-report', {
    values: { name: saved.name, is_shared: saved.is_shared },
    input: ({ name, is_shared }) => ({
      ...{ id: saved.id, version: saved.version, name: name.trim() },
      ...(is_shared === saved.is_shared ? {} : { is_shared }),
    }),
    onDone: () => {
      tellDone(common('saved'))
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={t('changeTitle')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={of.send}>
        <Stack>
          <NameAndShare of={of} />
          <FormEnd of={of} label={common('save')} />
        </Stack>
      </form>
    </Modal>
  )
}

type Form = ReturnType<typeof useCommandForm<'reports.save-report', { name: string; is_shared: boolean }>>

function NameAndShare({ of: { form } }: { of: Pick<Form, 'form'> }) {
  const t = useReportWords()
  const manages = useManages()
  return (
    <>
      <TextInput label={t('name')} required maxLength={100} data-autofocus {...form.getInputProps('name')} />
      {manages ? <Checkbox label={t('share')} {...form.getInputProps('is_shared', { type: 'checkbox' })} /> : null}
    </>
  )
}
