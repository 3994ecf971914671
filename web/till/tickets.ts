import type { PricedBasket } from '../../server/basket/price-basket.ts'
import type { Input } from '../api.ts'
import { type Basket, type BasketLine, goodsIdOf, newBasket, writtenLines } from './basket.ts'
import { callAsCashier } from './call-as-cashier.ts'
import type { AtTill } from './cashier.ts'
import { holdChain, isEverythingSent, newSalt, noteNext, readChain } from './chain.ts'
import { isOutOfReach } from './shift.ts'
import { store, type Ticket } from './store.ts'

type Content = Omit<Input<'tickets.park-ticket'>, 'id' | 'branch_id' | 'register_id'>

/** Parks a basket at the branch: at the server, or noted here where it does not answer. */
export async function parkTicket(parked: {
  readonly basket: Basket
  /** What it comes to, unless something has to be put right first. */
  readonly priced: PricedBasket | undefined
  readonly label: string
  readonly cashier: AtTill
  readonly now: Date
}): Promise<void> {
  const { basket, priced, label, cashier, now } = parked
  const total = priced?.totals.total ?? '0'
  const ticket = contentOf(basket, { priced, total, label })
  const id = basket.ticket_id ?? crypto.randomUUID()
  await holdChain(async () => {
    const { device } = await readChain()
    if (await isEverythingSent()) {
      try {
        return await parkAtServer({
          ...{ id, cashier },
          isAgain: basket.ticket_id !== undefined,
          ticket,
          branchId: device.branchId,
          registerId: device.registerId,
        })
      } catch (error) {
        if (!isOutOfReach(error)) throw error
      }
    }
    const action = basket.ticket_id === undefined ? 'park' : 'change'
    const held: Ticket = { id, label, total, basket: { ...basket, label }, parkedAt: now.toISOString(), isNoted: true }
    await noteNext({ kind: 'ticket', id }, { ...momentOf(cashier, now), salt: newSalt(), action, ticket }, () =>
      store.tickets.put(held),
    )
  })
}

async function parkAtServer(parked: {
  id: string
  cashier: AtTill
  isAgain: boolean
  ticket: Content
  branchId: string
  registerId: string
}) {
  const { id, cashier, isAgain, ticket, branchId, registerId } = parked
  if (!isAgain) {
    await callAsCashier(
      cashier,
      'tickets.park-ticket',
      { id, branch_id: branchId, register_id: registerId, ...ticket },
      { idempotencyKey: id },
    )
    return
  }
  const { version } = await callAsCashier(cashier, 'tickets.get-ticket', { id })
  await callAsCashier(cashier, 'tickets.change-ticket', { id, version, register_id: registerId, ...ticket })
}

/** The tickets that wait: those of the branch where the server answers, and those noted here. */
export async function listTickets(cashier: AtTill): Promise<Pick<Ticket, 'id' | 'label' | 'total' | 'parkedAt'>[]> {
  const { device } = await readChain()
  const noted = await store.tickets.orderBy('parkedAt').reverse().toArray()
  try {
    const { items } = await callAsCashier(cashier, 'tickets.list-tickets', { branch_id: device.branchId, limit: 200 })
    const here = new Set(noted.map(({ id }) => id))
    const others = items.filter(({ id }) => !here.has(id))
    return [
      ...noted,
      ...others.map(({ id, label, total, number, created_at }) => ({
        ...{ id, label: label ?? number, total: total ?? '0', parkedAt: String(created_at) },
      })),
    ]
  } catch (error) {
    if (!isOutOfReach(error)) throw error
    return noted
  }
}

/** Takes a ticket up at this till. One that was noted here can be taken up without the server, no other. */
export async function takeTicket(id: string, cashier: AtTill, now: Date): Promise<Basket> {
  return holdChain(async () => {
    const { device } = await readChain()
    const noted = await store.tickets.get(id)
    const isOnlyHere = noted !== undefined && !(cashier.isSignedIn && (await isEverythingSent()))
    if (isOnlyHere) {
      await noteNext({ kind: 'ticket', id }, { ...momentOf(cashier, now), salt: newSalt(), action: 'take' }, () =>
        store.tickets.delete(id),
      )
      return { ...(noted.basket as Basket), id: crypto.randomUUID(), ticket_id: id }
    }
    const found = await callAsCashier(cashier, 'tickets.get-ticket', { id })
    // Taken here already, when the answer did not come.
    const isHere = found.state === 'taken' && found.steps.at(-1)?.register_id === device.registerId
    const { version } = found
    const taken = isHere
      ? found
      : await callAsCashier(cashier, 'tickets.take-ticket', { id, version, register_id: device.registerId })
    await store.tickets.delete(id)
    return {
      ...newBasket(),
      ...{ ticket_id: id, label: taken.label ?? undefined, customer_id: taken.customer_id ?? undefined },
      ...{ discount: taken.discount ?? undefined, discount_reason: taken.discount_reason ?? undefined },
      lines: taken.lines.map((line) => ({ ...line, key: crypto.randomUUID() })) as BasketLine[],
    }
  })
}

/** Ends a ticket that was taken up here and given up: discards it, or puts it back where that is not for this cashier to do. */
export async function endTicket(id: string, cashier: AtTill, reason: string): Promise<void> {
  const { device } = await readChain()
  const { version } = await callAsCashier(cashier, 'tickets.get-ticket', { id })
  const step = { id, version, register_id: device.registerId }
  const { permissions } = cashier
  if (permissions.has('*') || permissions.has('tickets.discard-tickets'))
    await callAsCashier(cashier, 'tickets.discard-ticket', { ...step, reason })
  else await callAsCashier(cashier, 'tickets.put-back-ticket', step)
}

/** A ticket names goods, not what was scanned. */
function contentOf(
  basket: Basket,
  { priced, total, label }: { priced: PricedBasket | undefined; total: string; label: string },
): Content {
  const { customer_id, discount, discount_reason } = basket
  const written = writtenLines(basket.lines)
  const lines = basket.lines.map((line, at) => {
    const read = priced?.lines[at]
    const isScanned = line.variant_id === undefined
    const batch_id = read && read.batch_id !== 'fefo' ? (read.batch_id ?? undefined) : undefined
    const asScanned = isScanned ? { barcode: undefined, quantity: read?.quantity ?? line.quantity, batch_id } : {}
    return defined({ ...written[at], ...asScanned, variant_id: goodsIdOf(line) })
  })
  return defined({ label, total, customer_id, discount, discount_reason, lines }) as Content
}

/** Without what is not said: a note is a text, in which nothing is undefined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T
}

function momentOf(cashier: AtTill, now: Date) {
  return { cashier_id: cashier.employeeId, made_at: now.toISOString() }
}
