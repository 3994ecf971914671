import type { NotificationData } from '@mantine/notifications'
import { loadLayers } from './load-layers.ts'
import { told } from './told.tsx'
import { translate } from './words.ts'

/** Shows an error to whoever is at the screen. */
export function tell(error: unknown): void {
  void show({ color: 'red', message: told(error), autoClose: 8_000 })
}

/** Says that something is done. */
export function tellDone(message: string): void {
  void show({ color: 'green', message, autoClose: 3_000 })
}

/** Pages are loaded without what shows messages: it comes once they stand. */
async function show(message: NotificationData): Promise<void> {
  const { showMessage } = await loadLayers()
  showMessage({ ...message, closeButtonProps: { 'aria-label': translate('common', 'close') } })
}
