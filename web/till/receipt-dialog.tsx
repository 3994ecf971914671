import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { call } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { download } from '../ui/csv.ts'
import { money } from '../ui/format.ts'
import { tell } from '../ui/tell.tsx'
import type { AtTill } from './cashier.ts'
import { useDialogWords } from './dialog-words.ts'
import { useTill } from './engine.tsx'
import { printReceipt, ReceiptView } from './receipt-view.tsx'
import { type Sold, store } from './store.ts'
import { useEarlyEnter } from './use-early-enter.ts'
import { useTillWords } from './words.ts'

/** A receipt of this device: shown, printed, and after a sale with the change to give. */
export function ReceiptDialog(props: {
  sold: Sold
  cashier: AtTill
  isNew: boolean
  close: () => void
  refund: () => void
  scanned: (code: string) => void
}) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const { isOnline, unsent } = useTill()
  const { sold, cashier, isNew, close, refund, scanned } = props
  const print = () => void printSold(sold)
  useHotkeys([['mod+P', print]])
  useEarlyEnter(close, isNew ? scanned : undefined)
  const mayRefund = !isNew && sold.kind === 'sale' && cashier.permissions.has('sales.refund')
  return (
    <Modal
      opened
      onClose={close}
      title={isNew ? say('soldTitle') : `${t('receipt')} ${sold.number}`}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack>
        {isNew ? (
          <Group justify="space-between">
            <Text size="xl">{say('change')}</Text>
            <Text size="xl" fw={700} className="amount" data-testid="change">
              {money(sold.receipt.change, sold.receipt.currency)}
            </Text>
          </Group>
        ) : null}
        {sold.isSealed && unsent > 0 ? <Alert color="orange">{say('sealedHere')}</Alert> : null}
        <ReceiptView receipt={sold.receipt} />
        <Group justify="space-between">
          <Group gap="xs">
            <Button variant="default" onClick={print}>
              {say('print')}
            </Button>
            <Button
              variant="default"
              disabled={!isOnline || unsent > 0}
              title={isOnline && unsent === 0 ? '' : say('needsServer')}
              onClick={() => void escposOf(sold)}
            >
              {say('escpos')}
            </Button>
            {mayRefund ? (
              <Button variant="light" color="red" onClick={refund}>
                {t('refund')}
              </Button>
            ) : null}
          </Group>
          <Button onClick={close} data-autofocus>
            {isNew ? say('nextSale') : common('close')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** Prints it: the first time as the receipt, then as a copy. */
async function printSold({ id, receipt }: Sold): Promise<void> {
  const prints = await store.transaction('rw', store.sold, async () => {
    const before = (await store.sold.get(id))?.prints ?? 0
    await store.sold.update(id, { prints: before + 1 })
    return before
  })
  printReceipt({ ...receipt, copy: prints === 0 ? null : prints })
}

async function escposOf({ id, number }: Sold): Promise<void> {
  try {
    const { content } = await call('sales.print-receipt', { id, format: 'escpos' })
    const bytes = Uint8Array.from(atob(content ?? ''), (letter) => letter.charCodeAt(0))
    download(`${number}.bin`, new Blob([bytes]))
  } catch (error) {
    tell(error)
  }
}
