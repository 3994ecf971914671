import { ActionIcon, Menu } from '@mantine/core'
import { IconBasket, IconCash, IconDoorExit, IconDots, IconReceipt, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api.ts'
import { confirm } from '../ui/confirm.tsx'
import { tell } from '../ui/tell.tsx'
import type { Basket, Change } from './basket.ts'
import { CashDialog } from './cash-dialog.tsx'
import type { AtTill } from './cashier.ts'
import { useTill } from './engine.tsx'
import { ReceiptsDialog } from './receipts-dialog.tsx'
import { closeSession } from './shift.ts'
import type { Session, Sold } from './store.ts'
import { ParkedDialog } from './tickets-dialog.tsx'
import { useTillWords } from './words.ts'

type Dialog = 'parked' | 'receipts' | 'cash' | undefined

/** What else is done at a counter: parked baskets, receipts, cash in and out, the end of the session. */
export function TillMenu(props: {
  session: Session
  cashier: AtTill
  basket: Basket
  change: (change: Change) => void
  show: (sold: Sold) => void
}) {
  const t = useTillWords()
  const navigate = useNavigate()
  const { sync } = useTill()
  const { session, cashier, basket, change, show } = props
  const [dialog, setDialog] = useState<Dialog>()
  const may = (permission: string) => cashier.permissions.has(permission)
  const close = () =>
    confirm({
      title: t('close'),
      says: t('closeSays'),
      button: t('close'),
      act: () =>
        void closeSession().then(
          ({ id }) => navigate({ to: '/cash/$id', params: { id } } as never),
          (error: unknown) => tell(error),
        ),
    })
  const giveUp = () =>
    confirm({
      title: t('void'),
      says: t('voidSays'),
      button: t('void'),
      act: () => {
        void voidBasket(session, basket).catch(tell)
        change({ do: 'begin' })
        void sync()
      },
    })
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={t('menu')}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconBasket size={16} />} onClick={() => setDialog('parked')}>
            {t('parked')}
          </Menu.Item>
          <Menu.Item leftSection={<IconReceipt size={16} />} onClick={() => setDialog('receipts')}>
            {t('receipts')}
          </Menu.Item>
          {may('cash.move-cash') ? (
            <Menu.Item leftSection={<IconCash size={16} />} onClick={() => setDialog('cash')}>
              {t('cash')}
            </Menu.Item>
          ) : null}
          {basket.lines.length > 0 && may('sales.void-baskets') ? (
            <Menu.Item leftSection={<IconTrash size={16} />} color="red" onClick={giveUp}>
              {t('void')}
            </Menu.Item>
          ) : null}
          <Menu.Divider />
          <Menu.Item leftSection={<IconDoorExit size={16} />} onClick={close}>
            {t('close')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === 'parked' ? (
        <ParkedDialog
          cashier={cashier}
          close={() => setDialog(undefined)}
          take={(taken) => change({ do: 'take', basket: taken })}
        />
      ) : null}
      {dialog === 'receipts' ? (
        <ReceiptsDialog
          close={() => setDialog(undefined)}
          show={(sold) => {
            setDialog(undefined)
            show(sold)
          }}
        />
      ) : null}
      {dialog === 'cash' ? <CashDialog session={session} close={() => setDialog(undefined)} /> : null}
    </>
  )
}

async function voidBasket(session: Session, basket: Basket): Promise<void> {
  if (session.isNoted) return
  await call('sales.void-basket', {
    session_id: session.id,
    reason: 'given up at the till',
    total: '0',
    id: basket.id,
    lines: [],
  })
}
