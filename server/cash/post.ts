import { balanceBelowFloor, type Holder, holdBooksOpen, postByPurpose } from '../ledger/index.ts'
import { purposeOfTender, type TenderKind } from '../payments/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { dayIn, daysAfter } from '../platform/time.ts'
import { branchNotFound, type PlaceOfBusiness, placesOfBusiness } from '../tenants/index.ts'
import { amountTooFine, amountTooLarge, drawerShort } from './contract.ts'

/** What a session posts is told apart by these in the books, and in reports. */
export type DocumentType =
  | 'cash_float'
  | 'cash_pay_in'
  | 'cash_pay_out'
  | 'cash_drop'
  | 'cash_adjustment'
  | 'cash_transaction_fix'
  | 'cash_write_off'
  | 'cash_close'
  | 'cash_safe'

/** An amount that comes to an account (above zero) or leaves it. */
export interface Line {
  readonly purpose: string
  readonly holder: Holder | null
  readonly amount: Money
}

interface Named {
  readonly id: string
  readonly number: string
}

/** Whom the accounts of a session are kept for. */
function sessionHolder({ id, number }: Named): Holder {
  return { type: 'session', id, code: `S${number}`, name: `Session ${number}` }
}

/** The account of a session for what was paid with a kind of tender. */
export function drawerLine(session: Named, kind: TenderKind, amount: Money): Line {
  return { purpose: purposeOfTender[kind], holder: sessionHolder(session), amount }
}

/** The account that serves a purpose beside sessions: each branch has a safe of its own. */
export function outsideLine({ id, code, name }: PlaceOfBusiness, purpose: string, amount: Money): Line {
  return { purpose, holder: purpose === 'safe' ? { type: 'branch', id, code, name } : null, amount }
}

interface Posting {
  readonly id: string
  readonly place: PlaceOfBusiness
  readonly document_type: DocumentType
  readonly description: string | null
  readonly lines: readonly Line[]
}

/** Posts what moves the money of a session; nothing where all lines are zero. Answers whether it did. */
export function postForSession(context: CommandContext, { id, number }: Named, posting: Posting): Promise<boolean> {
  return postDocument(context, { ...posting, document_id: id, document_number: number })
}

/**
 * Posts a document of a branch, as of today there; nothing where all lines are zero. Answers whether it did. Refuses with
 * `drawer_short` to take more cash out of a session than is in it.
 */
export async function postDocument(
  context: CommandContext,
  { place, lines, ...document }: Posting & { document_id: string; document_number: string | null },
): Promise<boolean> {
  const moving = lines.filter(({ amount }) => !amount.isZero())
  if (moving.length === 0) return false
  const { entity_id, currency } = place
  const document_on = dayIn(place.time_zone, context.now)
  const closed = (await holdBooksOpen(context, [entity_id])).get(entity_id) ?? null
  const journal = {
    ...document,
    entity_id,
    currency,
    document_on,
    effective_on: closed !== null && document_on <= closed ? daysAfter(closed, 1) : document_on,
    actor_id: context.caller.userId,
    lines: moving.map(({ amount, ...line }) => ({ ...line, amount: toText(amount) })),
    by: context,
  }
  await postByPurpose(context, [journal]).catch((error) => refuseShort(moving, error))
  return true
}

/** The books keep a drawer from holding less than nothing, whoever takes out of it at once. */
function refuseShort(lines: readonly Line[], error: unknown): never {
  const drawer = lines.findIndex(
    ({ purpose, holder }) => holder?.type === 'session' && purpose === purposeOfTender.cash,
  )
  const isShort = error instanceof Refusal && error.kind === balanceBelowFloor && error.message === `line ${drawer + 1}`
  if (isShort) refuse(drawerShort)
  throw error
}

/** The branch of a session, with its books and its money. */
export async function placeOf(
  context: Pick<CommandContext, 'client' | 'tenantId'>,
  branchId: string,
): Promise<PlaceOfBusiness> {
  return (await placesOfBusiness(context, [branchId])).get(branchId) ?? refuse(branchNotFound)
}

const most = money('100000000000000')

/** An amount of the input. Refuses with `cash_amount_too_fine` what its currency has no coin for, and with `cash_amount_too_large`. */
export function amountIn(
  { currency, minor_unit }: Pick<PlaceOfBusiness, 'currency' | 'minor_unit'>,
  text: string,
): Money {
  const amount = money(text)
  if (amount.decimalPlaces() > minor_unit) refuse(amountTooFine, `${text} is no amount of ${currency}`)
  if (amount.abs().greaterThanOrEqualTo(most)) refuse(amountTooLarge)
  return amount
}
