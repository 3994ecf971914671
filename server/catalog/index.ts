export {
  categoryNotFound,
  constraints as catalogConstraints,
  exact,
  permissions as catalogPermissions,
  quantity,
  variantNotFound,
} from './contract.ts'
export { type Goods, quantityOf, quantityRefusals, readGoods } from './goods.ts'
export { inStoreCodesSetting } from './in-store-code.ts'
export { groundOperations } from './operations.ts'
export { productOperations, scanOperations } from './product-operations.ts'
export { findCategory } from './queries.ts'
export { addUsualUnits } from './units.ts'
export { variantOperations } from './variant-operations.ts'
export { findVariants } from './variant-queries.ts'
