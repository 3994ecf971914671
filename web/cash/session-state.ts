import type { Input, Output } from '../api.ts'

export type SessionInFull = Output<'cash.get-session'>
export type Report = Output<'cash.get-x-report'>
type Stages = Pick<SessionInFull, 'status' | 'reconciliation'>

/** Where a session stands, in one word for both of its fields. */
export const stages = ['open', 'to_count', 'escalated', 'ended'] as const
export type Stage = (typeof stages)[number]

export const stageColors: Readonly<Record<Stage, string>> = {
  open: 'green',
  to_count: 'blue',
  escalated: 'orange',
  ended: 'gray',
}

export function stageOf({ status, reconciliation }: Stages): Stage {
  if (status === 'open') return 'open'
  if (status === 'closed') return 'ended'
  return reconciliation === 'escalated' ? 'escalated' : 'to_count'
}

/** The same as a filter of `cash.list-sessions`. */
export function filterOf(stage: string | null): Pick<Input<'cash.list-sessions'>, 'status' | 'reconciliation'> {
  switch (stage) {
    case 'open':
      return { status: 'open' }
    case 'to_count':
      return { status: 'pending_reconciliation', reconciliation: 'draft' }
    case 'escalated':
      return { reconciliation: 'escalated' }
    case 'ended':
      return { status: 'closed' }
    default:
      return {}
  }
}

/** True when the server tells this person what should be in the drawer: of a blind session it does so late, or never. */
export function isExpectedTold({ is_blind, status, counts }: Pick<SessionInFull, 'is_blind' | 'status' | 'counts'>) {
  if (!is_blind || status === 'closed') return true
  return counts.some(({ lines }) => lines.some(({ expected }) => expected !== null))
}
