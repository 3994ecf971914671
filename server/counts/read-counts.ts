import type { z } from 'zod'
import { holds } from '../platform/execute.ts'
import { money, toText } from '../platform/money.ts'
import type { Caller, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { type countLine, type entry, permissions } from './contract.ts'
import { type CountRow, countOfLine, findCount, type LineRow, listEntries, stepsOf, totalsOf } from './queries.ts'

/** A count that the caller works with. Refuses with `not_found`. */
export async function readCount(context: QueryContext, id: string): Promise<CountRow> {
  const found = (await findCount(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return found
}

/** A count with its totals and what was done with it. */
export async function countInFullOf(context: QueryContext, id: string) {
  const found = await readCount(context, id)
  const [totals, steps] = await Promise.all([totalsOf(context, id), stepsOf(context, id)])
  return { ...found, ...totals, varying: seesBooks(context, found) ? totals.varying : null, steps }
}

/**
 * True when the caller may see what the books say: always, but in a blind count that is not over, where only those who
 * may approve it do.
 */
export function seesBooks(
  { caller }: { readonly caller: Pick<Caller, 'permissions'> },
  { is_blind, state }: Pick<CountRow, 'is_blind' | 'state'>,
): boolean {
  return !is_blind || isOver(state) || holds(caller.permissions, permissions.approveCount)
}

/** A line as clients read it. */
export function asLine(row: LineRow, isShown: boolean): z.input<typeof countLine> {
  const { is_open, on_hand, reserved, ...line } = row
  const { expected, counted } = row
  const told = (text: string) => (isShown ? text : null)
  return {
    ...line,
    expected: told(plain(expected)),
    counted: counted === null ? null : plain(counted),
    variance: counted === null ? null : told(difference(counted, expected)),
    moved: counted === null || !is_open ? null : told(difference(on_hand, expected)),
  }
}

/** A page of what was counted in a line, and one row more when there is a next page. */
export async function entriesOf(context: QueryContext, { id, limit }: { id: string; limit: number }, after?: number) {
  const line = (await countOfLine(context, id)) ?? refuse(platformRefusals.notFound)
  const isShown = seesBooks(context, await readCount(context, line.count_id))
  return (await listEntries(context, id, limit, after)).map(
    (row): z.input<typeof entry> => ({
      ...row,
      counted: plain(row.counted),
      expected: isShown ? plain(row.expected) : null,
    }),
  )
}

function isOver(state: CountRow['state']): boolean {
  return state === 'approved' || state === 'cancelled'
}

function difference(one: string, other: string): string {
  return toText(money(one).minus(other))
}

function plain(text: string): string {
  return toText(money(text))
}
