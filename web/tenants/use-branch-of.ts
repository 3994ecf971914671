import { useBranches, useWorkplace } from '../identity/session.ts'

/** What branches are called, and the zone of their times; those that are not theirs have the zone of the tenant. */
export function useBranchOf() {
  const { branches } = useBranches()
  const { tenant } = useWorkplace()
  const find = (id: string) => branches.find((branch) => branch.id === id)
  return {
    isOne: branches.length < 2,
    branchName: (id: string) => find(id)?.name ?? '',
    zoneOf: (id: string) => find(id)?.time_zone ?? tenant.time_zone,
  }
}
