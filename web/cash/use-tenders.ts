import type { Output } from '../api.ts'
import { useWholeList } from '../ui/whole-list.ts'

type Tender = Output<'payments.list-tenders'>['items'][number]
export type TenderKind = Tender['kind']
const order: readonly TenderKind[] = ['cash', 'card', 'mobile_wallet', 'bank_transfer', 'other']

/** What customers pay with, and of which kinds; cash is always one. */
export function useTenders() {
  const tenders = useWholeList('payments.list-tenders', {})
  const kinds = order.filter((kind) => kind === 'cash' || tenders.some((tender) => tender.kind === kind))
  return { tenders, kinds }
}
