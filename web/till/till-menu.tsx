import { IconBasket, IconCash, IconDoorExit, IconDots, IconReceipt, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { Suspense, useState } from 'react'
import { nameOf } from '../../server/basket/read-lines.ts'
import { confirm } from '../ui/confirm.tsx'
import { MenuButton } from '../ui/menu-button.tsx'
import { tell } from '../ui/tell.tsx'
import type { Basket, Change } from './basket.ts'
import { callAsCashier } from './call-as-cashier.ts'
import type { AtTill } from './cashier.ts'
import type { Rung } from './counter.tsx'
import { CashDialog, ParkedDialog, ReceiptsDialog } from './dialogs.ts'
import { closeSession } from './shift.ts'
import type { Session, Sold } from './store.ts'
import { endTicket } from './tickets.ts'
import { useTillWords } from './words.ts'

type Dialog = 'parked' | 'receipts' | 'cash' | undefined

interface Props {
  readonly session: Session
  readonly cashier: AtTill
  readonly basket: Basket
  readonly rung: Rung
  readonly change: (change: Change) => void
  readonly show: (sold: Sold) => void
}

/** What else is done at a counter: parked baskets, receipts, cash in and out, the end of the session. */
export function TillMenu(props: Props) {
  const [dialog, setDialog] = useState<Dialog>()
  const close = () => setDialog(undefined)
  const { session, cashier, basket, change, show } = props
  return (
    <>
      <Items {...props} open={setDialog} />
      <Suspense>
        {dialog === 'parked' ? (
          <ParkedDialog
            cashier={cashier}
            isBusy={basket.lines.length > 0}
            close={close}
            take={(taken) => change({ do: 'take', basket: taken })}
          />
        ) : null}
        {dialog === 'receipts' ? (
          <ReceiptsDialog
            close={close}
            show={(sold) => {
              close()
              show(sold)
            }}
          />
        ) : null}
        {dialog === 'cash' ? <CashDialog session={session} cashier={cashier} close={close} /> : null}
      </Suspense>
    </>
  )
}

function Items({ open, ...props }: Props & { open: (dialog: Dialog) => void }) {
  const t = useTillWords()
  const { cashier, basket } = props
  const { close, giveUp } = useEnds(props)
  const may = (permission: string) => cashier.permissions.has(permission)
  const entries = [
    { label: t('parked'), icon: <IconBasket size={16} />, act: () => open('parked') },
    { label: t('receipts'), icon: <IconReceipt size={16} />, act: () => open('receipts') },
    may('cash.move-cash') && { label: t('cash'), icon: <IconCash size={16} />, act: () => open('cash') },
    basket.lines.length > 0 &&
      may('sales.void-baskets') && {
        ...{ label: t('void'), icon: <IconTrash size={16} />, isDestructive: true, act: giveUp },
      },
    { label: t('close'), icon: <IconDoorExit size={16} />, isApart: true, act: close },
  ].filter((entry) => entry !== false)
  return <MenuButton label={t('menu')} icon={<IconDots size={18} />} entries={entries} width={260} />
}

/** How a session ends, and how a basket does that nobody pays for; each says first what it will do. */
function useEnds(props: Props) {
  const { cashier, change } = props
  const t = useTillWords()
  const navigate = useNavigate()
  const counted = ({ id }: { id: string }) => navigate({ to: '/cash/$id', params: { id } } as never)
  const voided = () => change({ do: 'begin' })
  return {
    close: () =>
      confirm({
        title: t('close'),
        says: t('closeSays'),
        button: t('close'),
        act: () => void closeSession(cashier).then(counted, tell),
      }),
    giveUp: () =>
      confirm({
        title: t('void'),
        says: t('voidSays'),
        button: t('void'),
        act: () => void voidBasket(props, t('voidReason')).then(voided, tell),
      }),
  }
}

/** Has it written down what was given up; while the server is out of reach, the basket stays. */
async function voidBasket({ session, cashier, basket, rung: { priced } }: Props, reason: string): Promise<void> {
  const lines = priced?.lines.map(({ goods, quantity }, at) => ({
    ...{ variant_id: goods.variant_id, name: nameOf(goods).slice(0, 200), quantity },
    total: priced.totals.lines[at]?.total ?? '0',
  }))
  await callAsCashier(cashier, 'sales.void-basket', {
    ...{ id: basket.id, session_id: session.id, reason },
    ...{ total: priced?.totals.total ?? '0', lines: lines ?? [] },
  })
  if (basket.ticket_id !== undefined) await endTicket(basket.ticket_id, cashier, reason)
}
