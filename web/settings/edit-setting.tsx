import { Button, Modal, Stack, Text, Title } from '@mantine/core'
import { useCommand, useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { dateTime } from '../ui/format.ts'
import { tell, tellDone } from '../ui/tell.tsx'
import { settingText } from './setting-words.ts'
import type { Setting } from './settings.tsx'
import { kindOf, readValue, textOfValue, ValueField } from './value-field.tsx'
import { useValueText } from './value-text.ts'
import { useSettingWords } from './words.ts'

interface Edited {
  readonly setting: Setting
  readonly here: 'tenant' | 'branch'
  readonly branchId: string | null
  readonly close: () => void
}

/** One setting: what it does, its value here, and what was set before. */
export function EditSetting(props: Edited) {
  const { setting, here, close } = props
  const t = useSettingWords()
  const common = useCommonWords()
  const may = useMay()
  const said = settingText(setting)
  const maySet = may('settings.set-setting') && setting.scopes.includes(here)
  return (
    <Modal opened onClose={close} title={said.name} closeButtonProps={{ 'aria-label': common('close') }} size="lg">
      <Stack>
        <Text size="sm">{said.help}</Text>
        {setting.scopes.includes(here) ? null : (
          <Text size="sm" c="dimmed">
            {t('elsewhere', { places: setting.scopes.map((scope) => t(scope)).join(', ') })}
          </Text>
        )}
        {maySet ? <Form {...props} /> : null}
        <History {...props} />
      </Stack>
    </Modal>
  )
}

function Form({ setting, here, branchId, close }: Edited) {
  const t = useSettingWords()
  const common = useCommonWords()
  const kind = kindOf(setting)
  const { name, version } = setting
  const at = { name, version, ...(branchId ? { branch_id: branchId } : {}) }
  const unset = useCommand('settings.unset-setting')
  const sending = useCommandForm('settings.set-setting', {
    values: { value: textOfValue(setting.value) },
    input: ({ value }) => ({ ...at, value: readValue(kind, value) }),
    onDone: () => {
      tellDone(common('saved'))
      close()
    },
  })
  const ask = () =>
    confirm({
      title: t('inheritTitle'),
      says: t('inheritSays'),
      button: t('inherit'),
      act: () => unset.mutate(at, { onError: tell, onSuccess: close }),
    })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <ValueField kind={kind} takes={settingText(setting).takes} {...sending.form.getInputProps('value')} />
        <FormEnd of={sending} label={common('save')}>
          {setting.source === here ? (
            <Button variant="default" onClick={ask}>
              {t('inherit')}
            </Button>
          ) : null}
        </FormEnd>
      </Stack>
    </form>
  )
}

function History({ setting, branchId }: Edited) {
  const t = useSettingWords()
  const { tenant, employee } = useWorkplace()
  const nameOf = useEmployeeName()
  const textOf = useValueText()
  const mayRead = branchId !== null || employee.scope === null
  const input = { name: setting.name, limit: 20, ...(branchId ? { branch_id: branchId } : {}) }
  const { data } = useRead('settings.list-versions', input, { enabled: mayRead })
  return (
    <Stack gap={4}>
      <Title order={3} size="h6">
        {t('history')}
      </Title>
      {data?.items.map(({ id, is_set, value, valid_from, employee_id }) => (
        <Text key={id} size="sm">
          {`${dateTime(valid_from, tenant.time_zone)} · ${nameOf(employee_id)} · ${is_set ? textOf(value) : t('unset')}`}
        </Text>
      ))}
      {data?.items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('historyNone')}
        </Text>
      ) : null}
    </Stack>
  )
}
