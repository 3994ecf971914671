import type { HoldsStock } from '../catalog/index.ts'
import type { Target } from '../imports/index.ts'
import type { Settings } from '../settings/index.ts'
import { fxRateTarget } from './fx-rates.ts'
import { customerTarget, supplierTarget } from './parties.ts'
import { productTarget } from './products.ts'
import { saleTarget } from './sales.ts'
import { taxRateTarget } from './tax-rates.ts'

/** All that files can be imported as. */
export function importTargets(parts: { holdsStock: HoldsStock; settings: Settings }): readonly Target[] {
  return [productTarget(parts), customerTarget, supplierTarget, saleTarget(parts), fxRateTarget, taxRateTarget]
}
