import { useBranches, useMay } from '../identity/session.ts'
import { useAll } from '../ui/use-all.ts'

/** The currency of the books of a branch, or of the chosen one; undefined while it is not known. */
export function useCurrency(branchId?: string): string | undefined {
  const { branches, branch } = useBranches()
  const may = useMay()
  const entities = useAll('tenants.list-entities', {}, { enabled: may('tenants.list-entities') })
  const entityId = (branchId === undefined ? branch : branches.find(({ id }) => id === branchId))?.entity_id
  return entities.find(({ id }) => id === entityId)?.currency
}
