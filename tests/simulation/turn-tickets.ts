import type { Shop, Ticket } from './shop.ts'
import type { Steps } from './steps.ts'
import { pickApt, type Turn } from './turn.ts'
import { toldLines } from './turn-sales.ts'

const mostTickets = 12

/** Parks a basket. */
export function* park(shop: Shop, step: Steps['park']): Generator<Turn> {
  const lines = step.lines.map((line) => ({ ...line, goods: line.goods % shop.goods.length }))
  const branch = step.branch % shop.branches.length
  yield {
    ...{ who: 'cashier', operation: 'tickets.park-ticket' },
    input: {
      branch_id: shop.branches[branch]?.id,
      lines: lines.map(({ goods, quantity }) => ({
        variant_id: shop.goods[goods]?.variantId,
        quantity: String(quantity),
      })),
    },
    told: `parks ${toldLines(
      shop,
      lines.map((line) => ({ ...line, batch: undefined })),
    )} in ${shop.branches[branch]?.name}`,
    expected: {
      answer: { state: 'open', version: 1 },
      apply(body) {
        const made: Ticket = { id: body.id, branch, version: body.version, state: 'open', lines }
        shop.tickets = [...shop.tickets, made].slice(-mostTickets)
        return `ticket ${body.number}`
      },
    },
  }
}

const after = { take: 'taken', 'put-back': 'open', discard: 'discarded' } as const

/** Takes a ticket up, puts it back or discards it. */
export function* moveTicket(shop: Shop, step: Steps['moveTicket']): Generator<Turn> {
  const { action, isStale, isApt } = step
  const ticket = pickApt(shop.tickets, { number: step.ticket, isApt }, (one) => faultOf(one, action) === undefined)
  if (!ticket) return
  const names = { take: 'take-ticket', 'put-back': 'put-back-ticket', discard: 'discard-ticket' }
  const fault = faultOf(ticket, action) ?? (isStale ? 'version_conflict' : undefined)
  yield {
    ...{ who: 'manager', operation: `tickets.${names[action]}` },
    input: {
      ...{ id: ticket.id, version: ticket.version + Number(isStale) },
      ...(action === 'discard' && { reason: 'As simulated' }),
    },
    told: `${{ take: 'takes up', 'put-back': 'puts back', discard: 'discards' }[action]} a ticket that is ${ticket.state}${isStale ? ' as it was before' : ''}`,
    expected: fault
      ? { code: fault }
      : {
          answer: { state: after[action] },
          apply(body) {
            ticket.state = after[action]
            ticket.version = body.version
            return undefined
          },
        },
  }
}

function faultOf({ state }: Ticket, action: Steps['moveTicket']['action']): string | undefined {
  if (state === 'discarded') return 'ticket_discarded'
  if (state === 'sold') return 'ticket_sold'
  if (state === 'taken' && action === 'take') return 'ticket_taken'
  return state === 'open' && action === 'put-back' ? 'ticket_not_taken' : undefined
}
