import { useRead } from '../api.ts'
import { isExpectedTold, type Report, type SessionInFull } from './session-state.ts'

/** How a session stands, or what it came to; undefined while it is read, and for whoever counts it blind. */
export function useReport(session: SessionInFull): { report: Report | undefined; isHidden: boolean; error: unknown } {
  const isClosed = session.status === 'closed'
  const isTold = isExpectedTold(session)
  const { id } = session
  const running = useRead('cash.get-x-report', { id }, { enabled: isTold && !isClosed })
  const final = useRead('cash.get-z-report', { id }, { enabled: isClosed })
  const { data, error } = isClosed ? final : running
  return { report: data, isHidden: !isTold, error }
}
