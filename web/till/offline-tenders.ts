import { type Refused, refusalOf } from '../api.ts'
import type { Ground } from './store.ts'

/** Of this app: the tender is not allowed while the server is out of reach. */
const tenderNeedsServer: Refused = {
  status: 422,
  code: 'tender_needs_server',
  detail: 'The server does not answer, and this tender is taken or given back only while it does.',
}

/** Throws `tender_needs_server` unless all that is paid with may be taken and given back without the server. */
export function assertAllowedOffline({ tenders }: Ground, given: readonly { readonly tender_id: string }[]): void {
  const isAllowed = (id: string) => tenders.some((one) => one.id === id && one.is_allowed_offline)
  if (!given.every(({ tender_id }) => isAllowed(tender_id))) throw refusalOf(tenderNeedsServer)
}
