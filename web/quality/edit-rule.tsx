import { Button, Modal, Select, Stack, Switch, Text, TextInput } from '@mantine/core'
import { type Output, useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { ruleName, schedules, severities, useQualityWords } from './words.ts'

type Rule = Output<'quality.get-rule'>

/** Changes how a rule is judged, or removes it. */
export function EditRule({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const t = useQualityWords()
  const common = useCommonWords()
  const { id, version, name, severity, schedule, is_active } = rule
  const shown = ruleName(rule)
  const values: Record<string, unknown> & Pick<Rule, 'name' | 'severity' | 'schedule' | 'is_active'> = {
    ...{ name: shown, severity, schedule, is_active },
  }
  const of = useCommandForm('quality.update-rule', {
    values,
    input: (given) => ({
      ...{ id, version, severity: given.severity, schedule: given.schedule, is_active: given.is_active },
      // What is shown in another language is no other name.
      ...(given.name.trim() === shown ? {} : { name: given.name.trim() || name }),
    }),
    onDone: () => {
      tellDone(common('saved'))
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={shown} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={of.send}>
        <Stack>
          <Text size="sm" c="dimmed">
            {t(rule.dataset)} · {t(rule.kind)}
          </Text>
          <TextInput label={t('name')} required {...of.form.getInputProps('name')} />
          <Select
            label={t('severity')}
            description={of.form.values.severity === 'FAIL' ? t('FAILSays') : undefined}
            allowDeselect={false}
            data={severities.map((value) => ({ value, label: t(value) }))}
            {...of.form.getInputProps('severity')}
          />
          <Select
            label={t('schedule')}
            allowDeselect={false}
            data={schedules.map((value) => ({ value, label: t(`schedule-${value}`) }))}
            {...of.form.getInputProps('schedule')}
          />
          <Switch label={t('active')} {...of.form.getInputProps('is_active', { type: 'checkbox' })} />
          <FormEnd of={of} label={common('save')}>
            <Remove rule={rule} onDone={onClose} />
          </FormEnd>
        </Stack>
      </form>
    </Modal>
  )
}

function Remove({ rule: { id, version }, onDone }: { rule: Rule; onDone: () => void }) {
  const t = useQualityWords()
  const common = useCommonWords()
  const may = useMay()
  const remove = useCommand('quality.remove-rule')
  if (!may('quality.remove-rule')) return null
  const ask = () =>
    confirm({
      title: t('remove'),
      says: t('removeSays'),
      button: common('remove'),
      act: () => remove.mutate({ id, version }, { onSuccess: onDone, onError: tell }),
    })
  return (
    <Button variant="subtle" color="red" loading={remove.isPending} onClick={ask}>
      {common('remove')}
    </Button>
  )
}
