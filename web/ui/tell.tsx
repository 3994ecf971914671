import { notifications } from '@mantine/notifications'
import { told } from './told.tsx'
import { translate } from './words.ts'

/** Shows an error to whoever is at the screen. */
export function tell(error: unknown): void {
  notifications.show({ color: 'red', message: told(error), autoClose: 8_000, closeButtonProps: closing() })
}

/** Says that something is done. */
export function tellDone(message: string): void {
  notifications.show({ color: 'green', message, autoClose: 3_000, closeButtonProps: closing() })
}

const closing = () => ({ 'aria-label': translate('common', 'close') })
