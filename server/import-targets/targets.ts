import type { HoldsStock } from '../catalog/index.ts'
import type { Target } from '../imports/index.ts'
import { fxRateTarget } from './fx-rates.ts'
import { customerTarget, supplierTarget } from './parties.ts'
import { productTarget } from './products.ts'
import { taxRateTarget } from './tax-rates.ts'

/** All that files can be imported as. */
export function importTargets(parts: { holdsStock: HoldsStock }): readonly Target[] {
  return [productTarget(parts), customerTarget, supplierTarget, fxRateTarget, taxRateTarget]
}
