import { type PlannedPosting, refusalOfPosting } from '../inventory/index.ts'
import { assertPosted } from '../ledger/index.ts'
import type { Fault } from './queries.ts'

/** Throws the refusal of what the database found wrong; `postings` are those that were to be recorded, as they were planned. */
export function throwFault(
  { part, item, code, line, detail }: Fault,
  postings: readonly Pick<PlannedPosting, 'moves'>[],
): never {
  if (part === 'journal') assertPosted({ code, detail })
  throw refusalOfPosting(postings[item - 1]?.moves ?? [], { code, line, available: detail })
}
