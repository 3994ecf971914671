import { useQuery } from '@tanstack/react-query'
import { call } from '../api.ts'
import { isExpectedTold, type Report, type SessionInFull } from './session-state.ts'

/** What of a command changes reports beside the session itself. */
export const reportNoun = 'cash-report'

/** How a session stands, or what it came to; undefined while it is read, and for whoever counts it blind. */
export function useReport(session: SessionInFull): { report: Report | undefined; isHidden: boolean; error: unknown } {
  const { id, version, status } = session
  const isTold = isExpectedTold(session)
  const { data, error } = useQuery<Report>({
    // Of this version only: a report that was running is refused once the session is closed.
    queryKey: [reportNoun, id, version],
    queryFn: () => (status === 'closed' ? call('cash.get-z-report', { id }) : call('cash.get-x-report', { id })),
    enabled: isTold,
  })
  return { report: data, isHidden: !isTold, error }
}
