import { loadLayers } from './load-layers.ts'
import { translate } from './words.ts'

interface Step {
  readonly title: string
  readonly says: string
  readonly button: string
  readonly act: () => void
}

/** Says what a step will do before it is done; `act` runs when it is confirmed. */
export function confirm(step: Step): void {
  void ask(step)
}

/** Pages are loaded without what asks questions: it comes once they stand. */
async function ask({ title, says, button, act }: Step): Promise<void> {
  const layers = await loadLayers()
  await layers.ask(says, {
    title,
    labels: { confirm: button, cancel: translate('common', 'cancel') },
    confirmProps: { color: 'red' },
    closeButtonProps: { 'aria-label': translate('common', 'close') },
    onConfirm: act,
  })
}
