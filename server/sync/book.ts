import type { HeldSession } from '../cash/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import type { Refusal } from '../platform/refusal.ts'
import type { Slip } from './slip.ts'

/** Something that the server would have refused. */
export interface Raised {
  /** The code it would have refused with. */
  readonly kind: string
  /** Of the receipt, from 1; null when it is about the whole of it. */
  readonly line: number | null
  readonly detail: string
}

/** A sale that was paid offline, ready to be booked. */
export interface SlipToBook {
  readonly slip: Slip
  /** The open session it is booked in. */
  readonly session: HeldSession
  /** `<register code>-<sequence>`. */
  readonly number: string
  /** When it counts as made: what the till's clock said, unless that cannot be. */
  readonly madeAt: Date
}

export interface BookedSlip {
  readonly saleId: string
  readonly raised: readonly Raised[]
}

/**
 * Books sales as they happened, in order, in the transaction of the context; a refusal only where a sale cannot be written
 * down at all, as when it names goods that there are not.
 */
export type BookSlips = (
  context: CommandContext,
  slips: readonly SlipToBook[],
) => Promise<readonly (BookedSlip | Refusal)[]>
