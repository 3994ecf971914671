import { useMay, useWorkplace } from '../identity/session.ts'
import { type SessionInFull, stageOf } from './session-state.ts'

/** What whoever looks at a session may do with it as it stands now. The server has the last word. */
export function useRights(session: Pick<SessionInFull, 'opened_by' | 'status' | 'reconciliation' | 'counts'>) {
  const may = useMay()
  const { employee, permissions } = useWorkplace()
  const holds = (permission: string) => permissions.includes('*') || permissions.includes(permission)
  const stage = stageOf(session)
  const isTheirs = session.opened_by === employee.id
  const isCounter = session.counts.some(({ actor_id }) => actor_id === employee.id)
  const worksOnIt = isTheirs || holds('cash.manage-sessions')
  const isEscalated = stage === 'escalated'
  return {
    move: stage === 'open' && worksOnIt && may('cash.pay-in'),
    close: stage === 'open' && worksOnIt && may('cash.close-session'),
    override: holds('cash.override-certificate'),
    count: stage === 'to_count' && worksOnIt && may('cash.count-session'),
    judge: isEscalated && !isTheirs && !isCounter && may('cash.approve-session'),
    waitsForAnother: isEscalated && (isTheirs || isCounter || !may('cash.approve-session')),
  }
}
