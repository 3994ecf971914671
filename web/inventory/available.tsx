import { Decimal } from 'decimal.js'
import { useRead } from '../api.ts'
import { quantity } from '../ui/format.ts'

/** How much of a variant is available in a branch, in all its batches. */
export function AvailableHere({ branchId, variantId }: { branchId: string; variantId: string }) {
  const { data } = useRead('inventory.list-levels', { branch_id: branchId, variant_id: variantId, limit: 200 })
  if (!data) return null
  return <>{quantity(data.items.reduce((sum, { available }) => sum.plus(available), new Decimal(0)).toFixed())}</>
}
