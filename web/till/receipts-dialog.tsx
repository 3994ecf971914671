import { Badge, Group, Modal, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, money } from '../ui/format.ts'
import { useDialogWords } from './dialog-words.ts'
import { useTill } from './engine.tsx'
import { type Sold, store, useStored } from './store.ts'
import { useTillWords } from './words.ts'

const shown = 50

/** The receipts that this device made, newest first; scanned or typed, one of them. */
export function ReceiptsDialog({ close, show }: { close: () => void; show: (sold: Sold) => void }) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const { kept } = useTill()
  const { currency, time_zone } = kept.ground.branch
  const [number, setNumber] = useState('')
  const wanted = number.trim().toUpperCase()
  const all = useStored(() => store.sold.orderBy('sequence').reverse().limit(2_000).toArray())
  const found = all?.filter((one) => one.number.includes(wanted)).slice(0, shown) ?? []
  return (
    <Modal opened onClose={close} size="lg" title={t('receipts')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack>
        <TextInput
          aria-label={t('receipt')}
          placeholder={t('receipt')}
          data-autofocus
          dir="ltr"
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && found[0] && show(found[0])}
        />
        {all?.length === 0 ? <Text c="dimmed">{say('noReceipts')}</Text> : null}
        {wanted && found.length === 0 ? <Text c="dimmed">{say('elsewhere')}</Text> : null}
        {found.map((one) => (
          <UnstyledButton key={one.id} p="xs" onClick={() => show(one)}>
            <Group justify="space-between">
              <Group gap="xs">
                <Text fw={600} className="code">
                  {one.number}
                </Text>
                {one.kind === 'refund' ? (
                  <Badge size="sm" variant="light" color="red">
                    {t('refund')}
                  </Badge>
                ) : null}
              </Group>
              <Text size="sm" c="dimmed">
                {dateTime(one.madeAt, time_zone)}
              </Text>
              <Text className="amount">{money(one.total, currency)}</Text>
            </Group>
          </UnstyledButton>
        ))}
      </Stack>
    </Modal>
  )
}
