import { Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { translate } from './words.ts'

/** Says what a step will do before it is done; `act` runs when it is confirmed. */
export function confirm(step: { title: string; says: string; button: string; act: () => void }): void {
  modals.openConfirmModal({
    title: step.title,
    children: <Text>{step.says}</Text>,
    labels: { confirm: step.button, cancel: translate('common', 'cancel') },
    confirmProps: { color: 'red' },
    closeButtonProps: { 'aria-label': translate('common', 'close') },
    onConfirm: step.act,
  })
}
