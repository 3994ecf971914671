import { z } from 'zod'
import { hashSlip, readCanonicalText, type SealedSlip } from '../registers/index.ts'
import type { Range } from './missing.ts'
import { documentOf, formats, type Slip, slip as slipSchema } from './slip.ts'

/** Where a register and a device at it stand. */
export interface Head {
  /** The last number of the register. */
  readonly sequence: number
  /** What the next slip of the device follows, in lower-case hex. */
  readonly hash: string
}

/** A slip that is here, as far as its place in the chain goes. */
export interface KnownSlip {
  readonly sequence: number
  /** The number of the register that it took. */
  readonly number: number | null
  readonly previous_hash: string
  /** What it claims, and what its text has: they differ where that was damaged. */
  readonly hash: string
  readonly text_hash: string
  /** Null: it is booked. */
  readonly fault: string | null
}

/** What is known of the slips of a device at a register before more of them come. */
export interface Chain {
  readonly deviceId: string
  readonly registerId: string
  /** Registers that the device was bound to at some time. */
  readonly registerIds: ReadonlySet<string>
  readonly head: Head
  /** The last number that the device is known to have given away there itself. */
  readonly own: number
  /** Where the register stood when the device came there first, and from what hashes it went on each time it did. */
  readonly first: number
  readonly starts: readonly string[]
  /** The slips of the device that concern those that come: what they follow, and what has their number, hash or place. */
  readonly slips: readonly KnownSlip[]
  /** Numbers that come, and that the device gave away while it asked the server. */
  readonly used: readonly number[]
  /** The sales that the server made itself, by id, as far as no slip is about them. */
  readonly soldByServer: ReadonlyMap<string, unknown>
}

/** Why a slip cannot be believed to be what its device sealed. */
type Fault =
  | 'chain_broken'
  | 'hash_mismatch'
  | 'format_unknown'
  | 'unreadable'
  | 'device_unknown'
  | 'register_unknown'
  | 'sequence_taken'

type Verdict =
  | {
      readonly kind: 'next'
      readonly slip: Slip
      /** The number it is booked under: its own, unless another receipt has that. */
      readonly number: number
    }
  /** The server sold it itself, and the till did not hear of it. */
  | { readonly kind: 'sold'; readonly slip: Slip; readonly number: number | null }
  /** It was here before, as it is now. */
  | { readonly kind: 'here' }
  | { readonly kind: 'faulty'; readonly fault: Fault; readonly detail: string; readonly number: number | null }
  /** Its device sealed it for a register that it was bound to before. */
  | { readonly kind: 'elsewhere' }
  /** Slips before it are missing. */
  | { readonly kind: 'gap'; readonly missing: Range }

/** A slip as it came, with the hash of its text and what that says, as far as it says anything. */
export interface Arrived {
  readonly sealed: SealedSlip
  readonly textHash: string
  readonly value: unknown
}

export type Followed = Verdict & {
  readonly sealed: SealedSlip
  readonly textHash: string
  /** Where register and device stand after it. */
  readonly after: Head
}

/** Faults of a place, a text or a server rather than of what was sold: such a slip is judged anew when it comes again. */
const faultsOfPlace: ReadonlySet<string | null> = new Set([
  'chain_broken',
  'hash_mismatch',
  'format_unknown',
  'sequence_taken',
])
const registerNamed = z.looseObject({ register_id: z.uuid() })
const documentNamed = z.looseObject({ id: z.uuid() })
const salesOrRefund = z.looseObject({ sale: documentNamed.nullish(), refund: documentNamed.nullish() })
const formatNamed = z.looseObject({ format: z.int() })

/** Reads the texts of slips, in order. */
export function readTexts(slips: readonly SealedSlip[]): Promise<Arrived[]> {
  return Promise.all(
    slips.map(async (sealed) => ({
      sealed,
      textHash: await hashSlip(sealed.previous_hash, sealed.body),
      value: readCanonicalText(sealed.body),
    })),
  )
}

/** The sales and refunds that slips say they are of. */
export function salesNamed(arrived: readonly Arrived[]): string[] {
  return arrived.flatMap(({ value }) => {
    const { sale, refund } = salesOrRefund.safeParse(value).data ?? {}
    return sale?.id ?? refund?.id ?? []
  })
}

/**
 * Follows the chain of a device at a register through slips in order. A slip is in its place when what it follows is known and
 * nothing else follows that; it then takes the next number of the register, which is its own unless another receipt has that, and
 * moves the head on, whether or not it can be believed: one whose text is not what was sealed is told as faulty, and the
 * next one is held against the hash it claims, so that the rest goes on. Where a slip before it may still come, it is a gap, and
 * nothing goes on. One that came damaged, or before what it follows, keeps the number it took then.
 */
export function followChain(chain: Chain, arrived: readonly Arrived[]): Followed[] {
  const course = courseOf(chain)
  return arrived.map((one) => {
    const verdict = judge(course, one)
    const { sealed, textHash } = one
    return { ...verdict, sealed, textHash, after: { sequence: course.sequence, hash: course.hash } }
  })
}

interface Course extends Omit<Chain, 'head' | 'used' | 'slips' | 'soldByServer'> {
  sequence: number
  hash: string
  own: number
  gap: Range | undefined
  readonly slips: KnownSlip[]
  readonly known: Set<string>
  readonly used: Set<number>
  readonly soldByServer: Set<string>
}

function courseOf(chain: Chain): Course {
  const slips = chain.slips.filter(isOnChain)
  return {
    ...chain,
    ...chain.head,
    gap: undefined,
    slips: [...chain.slips],
    known: new Set([...chain.starts, ...slips.map(({ hash }) => hash)]),
    used: new Set([...chain.used, ...slips.map(({ sequence }) => sequence)]),
    soldByServer: new Set(chain.soldByServer.keys()),
  }
}

function isOnChain({ fault }: Pick<KnownSlip, 'fault'>): boolean {
  return fault !== 'sequence_taken'
}

function judge(course: Course, arrived: Arrived): Verdict {
  const { sealed, textHash } = arrived
  const { sequence, previous_hash, hash } = sealed
  const isWhole = textHash === hash
  const isSame = (one: KnownSlip) => one.hash === hash || one.text_hash === textHash
  const before = course.slips.filter((one) => one.hash === hash && one.text_hash === textHash)
  const rivals = course.slips.filter((one) => one.previous_hash === previous_hash && isOnChain(one) && !isSame(one))
  const isPlaced = course.known.has(previous_hash) && rivals.length === 0
  const isJudgedAnew = isPlaced && isWhole && before.every(({ fault }) => faultsOfPlace.has(fault))
  if (before.length > 0 && !isJudgedAnew) return { kind: 'here' }
  if (isElsewhere(course, arrived)) return { kind: 'elsewhere' }
  const held = course.slips.find((one) => isSame(one) && isOnChain(one))
  if (sequence > course.sequence + 1 && !held) course.gap ??= { first: course.sequence + 1, last: sequence - 1 }
  if (course.gap) return { kind: 'gap', missing: course.gap }
  const verdict = isPlaced
    ? judgePlaced(course, arrived, { isWhole, number: held?.number ?? course.sequence + 1 })
    : judgeUnplaced(course, sealed)
  moveOn(course, verdict, { sealed, textHash, isHeld: held !== undefined })
  return verdict
}

function isElsewhere({ registerId, registerIds }: Course, { value }: Arrived): boolean {
  const { data } = registerNamed.safeParse(value)
  return data !== undefined && data.register_id !== registerId && registerIds.has(data.register_id)
}

/** A slip that follows one of its device that nothing else follows. */
function judgePlaced(
  course: Course,
  { sealed, value }: Arrived,
  { isWhole, number }: { isWhole: boolean; number: number },
): Verdict {
  const faulty = (fault: Fault, detail: string): Verdict => ({ kind: 'faulty', fault, detail, number })
  if (!isWhole) return faulty('hash_mismatch', 'Its text is not the one that was sealed')
  const format = formatNamed.safeParse(value).data?.format
  if (format !== undefined && !formats.some((known) => known === format))
    return faulty('format_unknown', `It is of format ${format}; this server reads ${formats.join(' and ')}`)
  const { success, data, error } = slipSchema.safeParse(value)
  if (!success) {
    const path = pathOf(error)
    return faulty('unreadable', path === '' ? 'It is no slip' : `Its ${path} cannot be read`)
  }
  if (data.sequence !== sealed.sequence) return faulty('unreadable', `It says it is number ${data.sequence}`)
  if (data.device_id !== course.deviceId) return faulty('device_unknown', 'Another device sealed it')
  if (data.register_id !== course.registerId) return faulty('register_unknown', 'It is of another register')
  if (!course.soldByServer.delete(documentOf(data).id)) return { kind: 'next', slip: data, number }
  // Its number is that of the sale, unless the till lost count: then nobody else may have it.
  return { kind: 'sold', slip: data, number: sealed.sequence === course.sequence + 1 ? sealed.sequence : null }
}

/** Where a text departs from the form that it comes nearest to. */
function pathOf({ issues: [issue] }: z.ZodError): string {
  if (issue?.code !== 'invalid_union') return issue?.path.join('.') ?? ''
  const nearest = issue.errors.toSorted((one, other) => one.length - other.length)[0]
  return [...issue.path, ...(nearest?.[0]?.path ?? [])].join('.')
}

/** A slip that does not follow one of its device, or one that something else follows already. */
function judgeUnplaced(course: Course, { sequence, previous_hash }: SealedSlip): Verdict {
  const isFork = course.known.has(previous_hash)
  const broken = (): Verdict => ({
    ...{ kind: 'faulty', fault: 'chain_broken', detail: 'It does not follow the slip before it' },
    number: course.sequence + 1,
  })
  const taken: Verdict = {
    ...{ kind: 'faulty', fault: 'sequence_taken', detail: 'Another receipt has this number' },
    number: null,
  }
  if (isFork) return sequence === course.sequence + 1 ? broken() : taken
  // All numbers of the device before it are here, so nothing that it could follow is to come.
  if (sequence === course.own + 1) return broken()
  if (course.used.has(sequence) || sequence <= course.first) return taken
  const first = Math.min(course.own + 1, sequence - 1)
  course.gap = { first, last: sequence - 1 }
  return { kind: 'gap', missing: course.gap }
}

function moveOn(
  course: Course,
  verdict: Verdict,
  { sealed, textHash, isHeld }: { sealed: SealedSlip; textHash: string; isHeld: boolean },
): void {
  if (verdict.kind !== 'next' && verdict.kind !== 'sold' && verdict.kind !== 'faulty') return
  const fault = verdict.kind === 'faulty' ? verdict.fault : null
  const { sequence, previous_hash, hash } = sealed
  course.slips.push({ sequence, previous_hash, hash, text_hash: textHash, number: verdict.number, fault })
  if (!isOnChain({ fault })) return
  course.known.add(hash)
  course.used.add(sequence)
  if (isHeld) return
  course.own = Math.max(course.own, sequence)
  course.sequence = Math.max(course.sequence, verdict.number ?? 0)
  course.hash = hash
}
