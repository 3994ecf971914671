import type { HoldsStock } from '../catalog/index.ts'
import type { Target } from '../imports/index.ts'
import { productTarget } from './products.ts'

/** All that files can be imported as. */
export function importTargets(parts: { holdsStock: HoldsStock }): readonly Target[] {
  return [productTarget(parts)]
}
