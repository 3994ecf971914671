import { hashSlip, readCanonicalText, type SealedSlip } from '../registers/index.ts'
import type { Range } from './missing.ts'
import { type Slip, slip as slipSchema } from './slip.ts'

/** Where the receipts of a register stand. */
export interface Head {
  readonly sequence: number
  /** In lower-case hex. */
  readonly hash: string
}

/** Why a slip cannot be believed to be what its device sealed. */
type Fault = 'chain_broken' | 'hash_mismatch' | 'unreadable' | 'device_unknown' | 'register_unknown'

export type Followed =
  | {
      readonly kind: 'next'
      readonly sealed: SealedSlip
      readonly slip: Slip
      /** The number it is booked under: its own, unless a receipt that the server numbered has that. */
      readonly number: number
    }
  /** The server sold it itself under the same number, and the till did not hear of it. */
  | { readonly kind: 'sold'; readonly sealed: SealedSlip; readonly slip: Slip }
  /** Its number is behind the head: it was here before, or another one was. */
  | { readonly kind: 'behind'; readonly sealed: SealedSlip }
  | { readonly kind: 'faulty'; readonly sealed: SealedSlip; readonly fault: Fault; readonly detail: string }
  /** Numbers before it are missing. */
  | { readonly kind: 'gap'; readonly sealed: SealedSlip; readonly missing: Range }

export interface Register {
  readonly deviceId: string
  readonly registerId: string
  /** The sales behind the head that no device sealed, by number. */
  readonly soldByServer: ReadonlyMap<number, { readonly id: string }>
}

/**
 * Follows the chain of a register from its head through slips in order. A slip that is next moves the head on, whether or not
 * it can be believed: one whose text or hash is not what was sealed is told as faulty, and the next one is held against the
 * hash it claims, so that the rest goes on. After a gap nothing goes on. A slip that follows the head but whose number the
 * server gave away meanwhile gets the next one.
 */
export async function followChain(
  head: Head,
  slips: readonly SealedSlip[],
  register: Register,
): Promise<{ followed: Followed[]; head: Head }> {
  const hashes = await Promise.all(slips.map(({ previous_hash, body }) => hashSlip(previous_hash, body)))
  let at = head
  let gap: Range | undefined
  const followed = slips.map((sealed, index): Followed => {
    const { sequence, hash } = sealed
    const follows = sealed.previous_hash === at.hash
    const isWhole = hashes[index] === hash
    if (sequence <= at.sequence && !(follows && isWhole)) return { kind: 'behind', sealed }
    if (sequence > at.sequence + 1) gap ??= { first: at.sequence + 1, last: sequence - 1 }
    if (gap) return { kind: 'gap', sealed, missing: gap }
    const found = follows && isWhole ? readSlip(sealed, register, at.sequence + 1) : unlike(sealed, follows)
    at = { sequence: found.kind === 'sold' ? at.sequence : at.sequence + 1, hash }
    return found
  })
  return { followed, head: at }
}

function unlike(sealed: SealedSlip, follows: boolean): Followed {
  return follows
    ? { kind: 'faulty', sealed, fault: 'hash_mismatch', detail: 'Its text is not the one that was sealed' }
    : { kind: 'faulty', sealed, fault: 'chain_broken', detail: 'It does not follow the slip before it' }
}

function readSlip(sealed: SealedSlip, { deviceId, registerId, soldByServer }: Register, number: number): Followed {
  const faulty = (fault: Fault, detail: string): Followed => ({ kind: 'faulty', sealed, fault, detail })
  const { success, data, error } = slipSchema.safeParse(readCanonicalText(sealed.body))
  if (!success) {
    const [issue] = error.issues
    return faulty('unreadable', issue?.path.length ? `Its ${issue.path.join('.')} cannot be read` : 'It is no slip')
  }
  if (data.sequence !== sealed.sequence) return faulty('unreadable', `It says it is number ${data.sequence}`)
  if (data.device_id !== deviceId) return faulty('device_unknown', 'Another device sealed it')
  if (data.register_id !== registerId) return faulty('register_unknown', 'It is of another register')
  const isSold = soldByServer.get(sealed.sequence)?.id === data.sale.id
  return isSold ? { kind: 'sold', sealed, slip: data } : { kind: 'next', sealed, slip: data, number }
}
