import { useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { cashRoundingOf } from './kept.ts'
import type { TillCash } from './refund-cash.ts'

/** Undefined until it is read, and for those who may not read it: the server then says what cash it expects. */
export function useTillCash(branchId: string): TillCash | undefined {
  const may = useMay()
  const { permissions } = useWorkplace()
  const { data } = useRead(
    'assortment.get-ground',
    { branch_id: branchId },
    { enabled: may('assortment.get-ground'), staleTime: 60_000 },
  )
  if (!data) return undefined
  return {
    currency: { code: data.branch.currency, minor_unit: data.branch.minor_unit },
    rounding: cashRoundingOf(data),
    tenders: new Map(data.tenders.map((one) => [one.id, one])),
    mayRefundOtherwise: permissions.some((one) => one === '*' || one === 'sales.refund-otherwise'),
  }
}
