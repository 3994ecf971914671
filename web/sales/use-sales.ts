import { useBranches, useWorkplace } from '../identity/session.ts'
import { useWholeList } from '../ui/whole-list.ts'

export const useRegisters = () => useWholeList('registers.list-registers', {})
export const useTenders = () => useWholeList('payments.list-tenders', {})

/** Names of employees by their ids; empty for those who may not see them. */
export function useEmployeeNames(): ReadonlyMap<string, string> {
  const all = useWholeList('tenants.list-employees', {})
  const { employee } = useWorkplace()
  return new Map([employee, ...all].map(({ id, display_name }) => [id, display_name]))
}

/** The zone of a branch, in which its times are told. */
export function useZoneOf(): (branchId: string) => string {
  const { branches } = useBranches()
  const { tenant } = useWorkplace()
  return (branchId) => branches.find(({ id }) => id === branchId)?.time_zone ?? tenant.time_zone
}
