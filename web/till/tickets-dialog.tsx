import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { PricedBasket } from '../../server/basket/price-basket.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { fromNow, money } from '../ui/format.ts'
import { tell } from '../ui/tell.tsx'
import type { Basket } from './basket.ts'
import type { AtTill } from './cashier.ts'
import { tillNow } from './clock.ts'
import { useDialogWords } from './dialog-words.ts'
import { useTill } from './engine.tsx'
import { listTickets, parkTicket, takeTicket } from './tickets.ts'
import { useTillWords } from './words.ts'

/** Parks the basket under a label. */
export function ParkDialog(props: {
  basket: Basket
  priced: PricedBasket | undefined
  cashier: AtTill
  close: () => void
  parked: () => void
}) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const { send } = useTill()
  const { basket, priced, cashier, close, parked } = props
  const [label, setLabel] = useState(basket.label ?? '')
  const [isBusy, setBusy] = useState(false)
  const go = async () => {
    setBusy(true)
    try {
      await parkTicket({ basket, priced, label: label.trim(), cashier, now: tillNow() })
      parked()
      close()
      void send()
    } catch (error) {
      tell(error)
      setBusy(false)
    }
  }
  return (
    <Modal opened onClose={close} title={say('parkTitle')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void go()
        }}
      >
        <Stack>
          <TextInput
            label={say('parkLabel')}
            required
            maxLength={60}
            data-autofocus
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={isBusy}>
              {t('park')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** The baskets that wait at the branch, and those of this device that the server has not heard of. */
export function ParkedDialog(props: {
  cashier: AtTill
  /** Something is in the basket, and would be lost. */
  isBusy: boolean
  close: () => void
  take: (basket: Basket) => void
}) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const { kept } = useTill()
  const { currency } = kept.ground.branch
  const { data: tickets } = useQuery({
    queryKey: ['tickets', 'till'],
    queryFn: () => listTickets(props.cashier),
    staleTime: 0,
  })
  const take = async (id: string) => {
    try {
      props.take(await takeTicket(id, props.cashier, tillNow()))
      props.close()
    } catch (error) {
      tell(error)
    }
  }
  return (
    <Modal opened onClose={props.close} title={t('parked')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack>
        {props.isBusy ? <Alert color="orange">{say('parkFirst')}</Alert> : null}
        {tickets?.length === 0 ? <Text c="dimmed">{say('noneParked')}</Text> : null}
        {tickets?.map(({ id, label, total, parkedAt }) => (
          <Group key={id} justify="space-between">
            <div>
              <Text fw={600}>{label}</Text>
              <Text size="sm" c="dimmed">
                {money(total, currency)} · {fromNow(parkedAt)}
              </Text>
            </div>
            <Button disabled={props.isBusy} onClick={() => void take(id)}>
              {t('take')}
            </Button>
          </Group>
        ))}
      </Stack>
    </Modal>
  )
}
