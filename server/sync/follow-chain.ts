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
  | { readonly kind: 'next'; readonly sealed: SealedSlip; readonly slip: Slip }
  /** Its number is behind the head: it was here before, or another one was. */
  | { readonly kind: 'behind'; readonly sealed: SealedSlip }
  | { readonly kind: 'faulty'; readonly sealed: SealedSlip; readonly fault: Fault; readonly detail: string }
  /** Numbers before it are missing. */
  | { readonly kind: 'gap'; readonly sealed: SealedSlip; readonly missing: Range }

/**
 * Follows the chain of a register from its head through slips in order. A slip that is next moves the head on, whether or not
 * it can be believed: one whose text or hash is not what was sealed is told as faulty, and the next one is held against the
 * hash it claims, so that the rest goes on. After a gap nothing goes on.
 */
export async function followChain(
  head: Head,
  slips: readonly SealedSlip[],
  { deviceId, registerId }: { deviceId: string; registerId: string },
): Promise<{ followed: Followed[]; head: Head }> {
  const hashes = await Promise.all(slips.map(({ previous_hash, body }) => hashSlip(previous_hash, body)))
  let at = head
  let gap: Range | undefined
  const followed = slips.map((sealed, index): Followed => {
    const { sequence, hash } = sealed
    if (sequence <= at.sequence) return { kind: 'behind', sealed }
    if (sequence > at.sequence + 1) gap ??= { first: at.sequence + 1, last: sequence - 1 }
    if (gap) return { kind: 'gap', sealed, missing: gap }
    const previous = at.hash
    at = { sequence, hash }
    if (sealed.previous_hash !== previous)
      return { kind: 'faulty', sealed, fault: 'chain_broken', detail: 'It does not follow the slip before it' }
    if (hashes[index] !== hash)
      return { kind: 'faulty', sealed, fault: 'hash_mismatch', detail: 'Its text is not the one that was sealed' }
    return readSlip(sealed, { deviceId, registerId })
  })
  return { followed, head: at }
}

function readSlip(sealed: SealedSlip, { deviceId, registerId }: { deviceId: string; registerId: string }): Followed {
  const faulty = (fault: Fault, detail: string): Followed => ({ kind: 'faulty', sealed, fault, detail })
  const { success, data, error } = slipSchema.safeParse(readCanonicalText(sealed.body))
  if (!success) {
    const [issue] = error.issues
    return faulty('unreadable', issue?.path.length ? `Its ${issue.path.join('.')} cannot be read` : 'It is no slip')
  }
  if (data.sequence !== sealed.sequence) return faulty('unreadable', `It says it is number ${data.sequence}`)
  if (data.device_id !== deviceId) return faulty('device_unknown', 'Another device sealed it')
  if (data.register_id !== registerId) return faulty('register_unknown', 'It is of another register')
  return { kind: 'next', sealed, slip: data }
}
