import { canonicalText, hashSlip, type SealedSlip, sealSlip } from '../../server/registers/seal-slip.ts'

/** The end of the chain of a register, as its device knows it. */
export interface ChainHead {
  readonly sequence: number
  readonly hash: string
}

/** Where a sale was made, and by whom. */
export interface AtTill {
  readonly device_id: string
  readonly register_id: string
  readonly session_id: string
  /** The employee at the till. */
  readonly cashier_id: string
  readonly made_at: Date
}

/** Seals a sale as the next slip of the chain; the answer is the head of the one after it, too. */
export function sealSale(head: ChainHead, { made_at, ...at }: AtTill, sale: unknown): Promise<SealedSlip> {
  const slip = { format: 1, sequence: head.sequence + 1, ...at, made_at: made_at.toISOString(), sale }
  return sealSlip(head.hash, slip)
}

/** True for slips that follow one another from this head: what a till finds after it was killed is whole. */
export async function isWhole(head: ChainHead, slips: readonly SealedSlip[]): Promise<boolean> {
  let last = head
  for (const { sequence, previous_hash, body, hash } of slips) {
    const follows = sequence === last.sequence + 1 && previous_hash === last.hash
    if (!follows || canonicalText(JSON.parse(body)) !== body || (await hashSlip(previous_hash, body)) !== hash)
      return false
    last = { sequence, hash }
  }
  return true
}
