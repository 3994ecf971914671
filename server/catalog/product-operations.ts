import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import type { Settings } from '../settings/index.ts'
import { settingInvalid } from '../settings/index.ts'
import { classNotFound } from '../tax/index.ts'
import * as contract from './contract.ts'
import { createProducts } from './create-products.ts'
import * as shape from './product-contract.ts'
import { listProducts } from './product-queries.ts'
import { changeProduct, createProduct, deleteProduct, type HoldsStock, readProduct } from './products.ts'
import { findCategory } from './queries.ts'
import { scan } from './scan.ts'
import { searchVariants } from './search-queries.ts'
import { askedTerms } from './terms.ts'

const { permissions } = contract

/** What asks nobody about stock. */
const openOperations = [
  query({
    name: 'catalog.list-products',
    route: 'GET /v1/products',
    summary: 'Products by name.',
    permission: permissions.viewProducts,
    reach: 'any',
    input: shape.listProductsInput,
    output: page(shape.product),
    refusals: [contract.categoryNotFound],
    async handle(context, { cursor, ...filter }) {
      const after = readCursor(cursor, z.tuple([z.string().max(200), z.uuid()]))
      if (filter.category_id && !(await findCategory(context, filter.category_id))) refuse(contract.categoryNotFound)
      return toPage(await listProducts(context, filter, after), filter.limit, (row) => [row.name, row.id])
    },
  }),
  query({
    name: 'catalog.get-product',
    route: 'GET /v1/products/:id',
    summary: 'One product with its variants.',
    permission: permissions.viewProducts,
    reach: 'any',
    input: contract.byId,
    output: shape.productInFull,
    handle: (context, { id }) => readProduct(context, id),
  }),
  command({
    name: 'catalog.create-product',
    route: 'POST /v1/products',
    summary: 'Make a product with its variants and their barcodes; without variants it has one.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: shape.createProductInput,
    output: shape.productInFull,
    refusals: [
      contract.unitNotFound,
      classNotFound,
      contract.categoryNotFound,
      contract.kindHasNoExpiry,
      contract.batchSizesCrossed,
      contract.tooManyDecimals,
      contract.wrongCheckDigit,
      contract.barcodeTaken,
      contract.skuTaken,
      contract.variantOptionsTaken,
      platformRefusals.alreadyExists,
    ],
    handle: createProduct,
  }),
  command({
    name: 'catalog.create-products',
    route: 'POST /v1/product-lists',
    summary: 'Make up to 1,000 products; each is made, or refused by itself.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    mostBytes: 8 * 1024 * 1024,
    input: shape.createProductsInput,
    output: shape.createdProducts,
    handle: createProducts,
  }),
  query({
    name: 'catalog.search',
    route: 'GET /v1/variants/search',
    summary: 'Variants by name, SKU or barcode, the best first; accents and slips are forgiven.',
    permission: permissions.viewProducts,
    reach: 'any',
    input: shape.searchInput,
    output: page(shape.searchHit),
    refusals: [contract.categoryNotFound],
    async handle(context, { text, cursor, ...filter }) {
      const after = readCursor(cursor, z.tuple([z.int().min(0).max(1_000), z.string().max(200), z.uuid()]))
      if (filter.category_id && !(await findCategory(context, filter.category_id))) refuse(contract.categoryNotFound)
      const hits = await searchVariants(context, askedTerms(text), filter, after)
      return toPage(hits, filter.limit, (hit) => [hit.score, hit.name, hit.variant_id])
    },
  }),
] as const

/** Products, and how they are found. `holdsStock` keeps what lies somewhere from being deleted. */
export function productOperations({ holdsStock }: { holdsStock: HoldsStock }) {
  return [
    ...openOperations,
    command({
      name: 'catalog.update-product',
      route: 'PATCH /v1/products/:id',
      summary: 'Change what a product says. Its kind and unit stay.',
      permission: permissions.manageProducts,
      reach: 'tenant',
      input: shape.updateProductInput,
      output: shape.productInFull,
      refusals: [classNotFound, contract.categoryNotFound, contract.kindHasNoExpiry, contract.variantInStock],
      handle: (context, input) => changeProduct(context, holdsStock, input),
    }),
    command({
      name: 'catalog.delete-product',
      route: 'DELETE /v1/products/:id',
      summary: 'Take a product with its variants out of the catalogue.',
      permission: permissions.manageProducts,
      reach: 'tenant',
      input: contract.endInput,
      output: shape.product,
      refusals: [contract.variantInKit, contract.variantInStock],
      handle: (context, input) => deleteProduct(context, holdsStock, input),
    }),
  ] as const
}

/** What a scanner read. */
export function scanOperations({ settings }: { settings: Settings }) {
  return [
    query({
      name: 'catalog.scan',
      route: 'GET /v1/scans',
      summary: 'What a scanned text is: the variant or pack, with lot, expiry, quantity and price where it says them.',
      permission: permissions.viewProducts,
      reach: 'any',
      input: shape.scanInput,
      output: shape.scanned,
      refusals: [
        contract.barcodeUnknown,
        contract.gs1Malformed,
        contract.gs1DateInvalid,
        contract.wrongCheckDigit,
        contract.unitMismatch,
        contract.quantityZero,
        settingInvalid,
      ],
      handle: (context, { text }) => scan(context, settings, text),
    }),
  ] as const
}
