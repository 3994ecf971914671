export { readBarcode } from './barcodes.ts'
export { createCategory, deleteCategory } from './categories.ts'
export {
  categoryNotFound,
  constraints as catalogConstraints,
  permissions as catalogPermissions,
  productNotFound,
  quantity,
  tooManyDecimals,
  variantNotFound,
} from './contract.ts'
export { createProducts } from './create-products.ts'
export { type Goods, type GoodsUnit, quantityOf, quantityRefusals } from './goods.ts'
export { addMissingUnits } from './jobs.ts'
export { groundOperations } from './operations.ts'
export { barcodesOf } from './pack-queries.ts'
export { addBarcode, removeBarcode } from './packs.ts'
export { createProductInput, scannedText } from './product-contract.ts'
export { productOperations, scanOperations } from './product-operations.ts'
export { findProduct } from './product-queries.ts'
export { changeProduct, deleteProducts, type HoldsStock } from './products.ts'
export { findCategory, findUnit } from './queries.ts'
export { inStoreCodesSetting } from './settings.ts'
export { addUsualUnits, fitsDecimals } from './units.ts'
export { variantOperations } from './variant-operations.ts'
export { findVariants, readGoods } from './variant-queries.ts'
