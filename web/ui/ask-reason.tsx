import { Alert, Modal, Stack, Textarea } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import type { Input, OperationName, Output } from '../api.ts'
import { useCommonWords } from './common-words.ts'
import { FormEnd, useCommandForm } from './form.tsx'

/** A step that wants a reason: what it does, the reason, and the step. */
export function AskReason<N extends OperationName>(props: {
  readonly operation: N
  readonly title: string
  readonly says: string
  readonly label: string
  readonly button: string
  readonly isRequired?: boolean
  readonly color?: string
  readonly input: (reason: string) => Input<N>
  readonly touches?: readonly string[]
  readonly onDone: (answer: Output<N>) => void
  readonly onClose: () => void
}) {
  const common = useCommonWords()
  const of = useCommandForm(props.operation, {
    values: { reason: '', note: '', result: '' },
    input: ({ reason }) => props.input(reason.trim()),
    onDone: (answer) => {
      props.onDone(answer)
      props.onClose()
    },
    ...(props.touches ? { touches: props.touches } : {}),
  })
  return (
    <Modal opened onClose={props.onClose} title={props.title} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={of.send}>
        <Stack>
          <Alert variant="default" icon={<IconInfoCircle size={18} />} p="xs">
            {props.says}
          </Alert>
          <Textarea
            label={props.label}
            required={props.isRequired ?? true}
            autosize
            minRows={2}
            data-autofocus
            {...of.form.getInputProps('reason')}
            error={of.form.errors.reason ?? of.form.errors.note ?? of.form.errors.result}
          />
          <FormEnd of={of} label={props.button} {...(props.color ? { color: props.color } : {})} />
        </Stack>
      </form>
    </Modal>
  )
}
