import { useBranches } from '../identity/session.ts'
import { useWholeList } from '../ui/whole-list.ts'

/** The currency of the books of a branch, or of the chosen one; undefined while it is not known. */
export function useCurrency(branchId?: string): string | undefined {
  const { branches, branch } = useBranches()
  const entities = useWholeList('tenants.list-entities', {})
  const entityId = (branchId === undefined ? branch : branches.find(({ id }) => id === branchId))?.entity_id
  return entities.find(({ id }) => id === entityId)?.currency
}
