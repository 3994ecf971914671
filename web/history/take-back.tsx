import { Alert, Modal, Stack, Switch, Textarea } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useState } from 'react'
import { refusalOf } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tellDone } from '../ui/tell.tsx'
import { told } from '../ui/told.tsx'
import type { DocumentInFull } from './document.tsx'
import { useHistoryWords } from './words.ts'

/** Takes a document back, for a reason. What is refused of a list is an answer, not a refusal of the command. */
export function TakeBack({ of: { id, number }, onClose }: { of: DocumentInFull; onClose: () => void }) {
  const t = useHistoryWords()
  const common = useCommonWords()
  const [refused, setRefused] = useState<unknown>()
  const of = useCommandForm('history.reverse-documents', {
    values: { reason: '', isLater: false },
    input: ({ reason, isLater }) => ({
      ...{ ids: [id], reason: reason.trim() },
      ...(isLater ? ({ if_closed: 'post_in_open_period' } as const) : {}),
    }),
    onDone: ({ items: [one] }) => {
      if (one?.refused) return setRefused(refusalOf({ status: 422, ...one.refused }))
      tellDone(t('takenBack', { number: `\u2068${number}\u2069` }))
      onClose()
    },
    touches: ['reports', 'ledger', 'inventory', 'overview'],
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('takeBackTitle', { number: `\u2068${number}\u2069` })}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <form
        onSubmit={(event) => {
          setRefused(undefined)
          of.send(event)
        }}
      >
        <Stack>
          <Alert variant="default" icon={<IconInfoCircle size={18} />} p="xs">
            {t('takeBackSays')}
          </Alert>
          <Textarea
            label={t('reason')}
            description={t('reasonHelp')}
            required
            autosize
            minRows={2}
            maxLength={200}
            data-autofocus
            {...of.form.getInputProps('reason')}
          />
          <Switch label={t('ifClosed')} {...of.form.getInputProps('isLater', { type: 'checkbox' })} />
          {refused === undefined ? null : (
            <Alert color="red" role="alert">
              {told(refused)}
            </Alert>
          )}
          <FormEnd of={of} label={t('takeBack')} color="red" />
        </Stack>
      </form>
    </Modal>
  )
}
