import { useHotkeys } from '@mantine/hooks'
import { Suspense, useCallback, useEffect, useMemo, useReducer, useState } from 'react'
import type { PricedBasket } from '../../server/basket/price-basket.ts'
import { ringUp, takeFromShelves } from '../sales/rules.ts'
import { type Basket, type Change, changeBasket, newBasket, writtenLines } from './basket.ts'
import { BasketPanel } from './basket-panel.tsx'
import type { AtTill } from './cashier.ts'
import { tillNow } from './clock.ts'
import { CustomerDialog, ParkDialog, Pay, ReceiptDialog, Refund } from './dialogs.ts'
import { useTill } from './engine.tsx'
import { FindGoods, type ScannedAhead } from './find-goods.tsx'
import type { KeptOnDevice } from './kept-on-device.ts'
import { readFact, type Session, type Sold, store, writeFact } from './store.ts'
import { TillMenu } from './till-menu.tsx'

type Added = Extract<Change, { do: 'add' }>['line']
type Dialog = 'pay' | 'park' | 'customer' | undefined

/** Where goods are sold: what is for sale, the basket, and what is done with it. */
export function Counter({ session, cashier }: { session: Session; cashier: AtTill }) {
  const { kept, send } = useTill()
  const [basket, change] = useKeptBasket()
  const [dialog, setDialog] = useState<Dialog>()
  const [shown, show] = useState<Shown>()
  const [ahead, setAhead] = useState<ScannedAhead>()
  const rung = useMemo(() => ring(kept, basket), [kept, basket])
  const add = useCallback((line: Added) => change({ do: 'add', line }), [change])
  const open = (next: Dialog) => () => setDialog(next)
  const pay = () => rung.priced && setDialog('pay')
  const park = () => basket.lines.length > 0 && setDialog('park')
  const ifFree = (work: () => unknown) => () => void (dialog === undefined && shown === undefined && work())
  useCounterKeys({ pay: ifFree(pay), park: ifFree(park), choose: ifFree(open('customer')) })
  const finish = (sold: Sold) => {
    setDialog(undefined)
    show({ sold, as: 'sold' })
    change({ do: 'sold', id: sold.id })
    void send()
  }
  const menu = (
    <TillMenu
      session={session}
      cashier={cashier}
      basket={basket}
      rung={rung}
      change={change}
      show={(sold) => show({ sold, as: 'receipt' })}
    />
  )
  const whole = { basket, cashier, close: open(undefined) }
  return (
    <main className="till-counter">
      <FindGoods add={add} ahead={ahead} />
      <BasketPanel
        basket={basket}
        rung={rung}
        change={change}
        pay={pay}
        park={park}
        choose={open('customer')}
        menu={menu}
      />
      <Suspense>
        {dialog === 'pay' && rung.priced ? <Pay {...whole} priced={rung.priced} finish={finish} /> : null}
        {dialog === 'park' ? (
          <ParkDialog {...whole} priced={rung.priced} parked={() => change({ do: 'begin' })} />
        ) : null}
        {dialog === 'customer' ? (
          <CustomerDialog
            {...whole}
            choose={(customerId) => {
              change({ do: 'customer', customerId })
              setDialog(undefined)
            }}
          />
        ) : null}
        {shown ? <ShownReceipt {...{ shown, cashier, show, setAhead }} /> : null}
      </Suspense>
    </main>
  )
}

/** The keys of the counter: F9 or Ctrl+Enter to pay, F8 to park, F4 for the customer. */
function useCounterKeys(does: { pay(): void; park(): void; choose(): void }) {
  useHotkeys(
    [
      ['F9', does.pay],
      ['mod+Enter', does.pay],
      ['F8', does.park],
      ['F4', does.choose],
    ],
    [],
  )
}

/** A receipt in front of the counter: just sold, looked up, or being taken back. */
interface Shown {
  readonly sold: Sold
  readonly as: 'sold' | 'receipt' | 'refund'
}

function ShownReceipt(props: {
  shown: Shown
  cashier: AtTill
  show: (shown: Shown | undefined) => void
  setAhead: (ahead: ScannedAhead) => void
}) {
  const { shown, cashier, show, setAhead } = props
  const { sold } = shown
  const close = () => show(undefined)
  if (shown.as === 'refund')
    return (
      <Refund sold={sold} cashier={cashier} close={close} done={(refund) => show({ sold: refund, as: 'receipt' })} />
    )
  return (
    <ReceiptDialog
      sold={sold}
      cashier={cashier}
      isNew={shown.as === 'sold'}
      close={close}
      refund={() => show({ sold, as: 'refund' })}
      scanned={(code) => {
        close()
        setAhead({ code })
      }}
    />
  )
}

/** What a basket comes to, or why it does not. */
export interface Rung {
  readonly priced: PricedBasket | undefined
  readonly refusal: { readonly code: string; readonly message: string; readonly line: number | undefined } | undefined
}

function ring(kept: KeptOnDevice, basket: Basket): Rung {
  if (basket.lines.length === 0) return { priced: undefined, refusal: undefined }
  try {
    const now = tillNow()
    const priced = ringUp(kept, { ...basket, lines: writtenLines(basket.lines) }, now)
    const short = takeFromShelves(kept, priced, now).find(
      ({ fault }) => fault === 'batch_expired' || fault === 'batch_blocked',
    )
    if (short?.fault) return { priced: undefined, refusal: { code: short.fault, message: '', line: short.line - 1 } }
    return { priced, refusal: undefined }
  } catch (error) {
    const { kind, message, fields } = error as { kind?: { code: string }; message: string; fields?: { path: string }[] }
    if (!kind) throw error
    const at = /^lines\.(\d+)/.exec(fields?.[0]?.path ?? '')?.[1]
    return { priced: undefined, refusal: { code: kind.code, message, line: at === undefined ? undefined : Number(at) } }
  }
}

/** What was in the basket, unless it was sold: the tab may have ended in between. */
async function readBasket(): Promise<Basket | undefined> {
  const held = (await readFact('basket')) as Basket | undefined
  if (!held) return undefined
  const isSold = (await store.sold.where({ id: held.id }).count()) > 0
  return isSold ? undefined : held
}

/** The basket, kept on the device with each change: a reload or a killed tab finds it again. */
function useKeptBasket(): [Basket, (change: Change) => void] {
  const [basket, change] = useReducer(changeBasket, undefined, newBasket)
  const [isRead, setRead] = useState(false)
  useEffect(() => {
    void readBasket().then((held) => {
      if (held) change({ do: 'take', basket: held })
      setRead(true)
    })
  }, [])
  useEffect(() => {
    if (isRead) void writeFact('basket', basket)
  }, [isRead, basket])
  return [basket, change]
}
