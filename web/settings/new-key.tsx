import { Alert, Button, Code, CopyButton, Group, Modal, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useWorkplace } from '../identity/session.ts'
import { PermissionBoxes } from '../tenants/permission-boxes.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { defineWords } from '../ui/words.ts'
import { useSettingWords } from './words.ts'

const useWords = defineWords('new-api-key', {
  lasts: ['Works for', 'Valable', 'صالح لمدة'],
  days30: ['30 days', '30 jours', '30 يومًا'],
  days90: ['90 days', '90 jours', '90 يومًا'],
  days365: ['One year', 'Un an', 'سنة'],
})

const dayMs = 86_400_000
const spans = { '30': 30, '90': 90, '365': 365 } as const

/** Makes a key in a window, which then shows it, once. */
export function NewKey({ close }: { close: () => void }) {
  const t = useSettingWords()
  const common = useCommonWords()
  const [secret, setSecret] = useState<string>()
  return (
    <Modal
      opened
      onClose={close}
      title={t(secret === undefined ? 'newKey' : 'secret')}
      size={secret === undefined ? 'xl' : 'md'}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {secret === undefined ? <Form onMade={setSecret} /> : <Secret secret={secret} close={close} />}
    </Modal>
  )
}

function Form({ onMade }: { onMade: (secret: string) => void }) {
  const t = useSettingWords()
  const words = useWords()
  const common = useCommonWords()
  const { permissions: all } = useWorkplace()
  const [days, setDays] = useState('90')
  const [expiresAt, setExpiresAt] = useState(() => after('90'))
  const sending = useCommandForm('tenants.create-api-key', {
    values: { name: '', permissions: [] as string[] },
    input: (values) => ({ ...values, expires_at: expiresAt }),
    onDone: ({ secret }) => onMade(secret ?? ''),
  })
  const { form } = sending
  const last = (chosen: string | null) => {
    if (chosen === null) return
    setDays(chosen)
    setExpiresAt(after(chosen as keyof typeof spans))
  }
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label={t('name')} required data-autofocus autoComplete="off" {...form.getInputProps('name')} />
          <Select
            label={words('lasts')}
            allowDeselect={false}
            data={(['30', '90', '365'] as const).map((value) => ({ value, label: words(`days${value}`) }))}
            value={days}
            onChange={last}
          />
        </SimpleGrid>
        <PermissionBoxes
          all={all}
          chosen={form.values.permissions}
          onChange={(chosen) => form.setFieldValue('permissions', chosen)}
        />
        <FormEnd of={sending} label={common('create')} />
      </Stack>
    </form>
  )
}

const after = (days: keyof typeof spans) => new Date(Date.now() + spans[days] * dayMs).toISOString()

function Secret({ secret, close }: { secret: string; close: () => void }) {
  const t = useSettingWords()
  return (
    <Stack>
      <Alert color="yellow">{t('secretSays')}</Alert>
      <Code block dir="ltr" data-secret style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {secret}
      </Code>
      <Group justify="flex-end">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? 'copied' : 'copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={close}>{t('haveIt')}</Button>
      </Group>
    </Stack>
  )
}
