import { command, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { found, lookUpInput } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import * as contract from './contract.ts'
import { addBarcode, addPack, changePack, removeBarcode, removePack, setKitLines } from './packs.ts'
import * as shape from './product-contract.ts'
import type { HoldsStock } from './products.ts'
import { lookUpVariants } from './variant-queries.ts'
import { addVariant, changeVariant, deleteVariant, readCost, readVariant, setCost } from './variants.ts'

const { permissions } = contract

/** What asks nobody about stock. */
const openOperations = [
  query({
    name: 'catalog.get-variant',
    route: 'GET /v1/variants/:id',
    summary: 'One variant with its packs and barcodes, and what is in it if it is a kit.',
    permission: permissions.viewProducts,
    reach: 'any',
    input: contract.byId,
    output: shape.variantInFull,
    handle: (context, { id }) => readVariant(context, id),
  }),
  command({
    name: 'catalog.add-variant',
    route: 'POST /v1/variants',
    summary: 'Add a variant to a product.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: shape.addVariantInput,
    output: shape.variant,
    refusals: [
      contract.productNotFound,
      contract.batchSizesCrossed,
      contract.tooManyDecimals,
      contract.skuTaken,
      contract.variantOptionsTaken,
      platformRefusals.alreadyExists,
    ],
    handle: addVariant,
  }),
  command({
    name: 'catalog.update-variant',
    route: 'PATCH /v1/variants/:id',
    summary: 'Change the SKU, options or measures of a variant.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: shape.updateVariantInput,
    output: shape.variant,
    refusals: [contract.batchSizesCrossed, contract.tooManyDecimals, contract.skuTaken, contract.variantOptionsTaken],
    handle: changeVariant,
  }),
  command({
    name: 'catalog.set-kit-lines',
    route: 'PUT /v1/variants/:id/kit-lines',
    summary: 'Say what is in one of a kit; nothing, to begin anew.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: shape.setKitLinesInput,
    output: shape.variantInFull,
    refusals: [contract.notAKit, contract.variantNotFound, contract.kitInKit, contract.tooManyDecimals],
    handle: setKitLines,
  }),
  query({
    name: 'catalog.get-cost',
    route: 'GET /v1/variants/:id/cost',
    summary: 'What one of a variant costs.',
    permission: permissions.viewCosts,
    reach: 'any',
    input: contract.byId,
    output: shape.cost,
    handle: (context, { id }) => readCost(context, id),
  }),
  command({
    name: 'catalog.set-cost',
    route: 'PUT /v1/variants/:id/cost',
    summary: 'Set what one of a variant costs, or null for what nobody knows.',
    permission: permissions.manageCosts,
    reach: 'tenant',
    input: shape.setCostInput,
    output: shape.cost,
    refusals: [unknownCurrency],
    handle: setCost,
  }),
  command({
    name: 'catalog.add-pack',
    route: 'POST /v1/packs',
    summary: 'Say how much of a variant is in a box, a tray or the like.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: shape.addPackInput,
    output: shape.pack,
    refusals: [
      contract.variantNotFound,
      contract.tooManyDecimals,
      contract.packNameTaken,
      platformRefusals.alreadyExists,
    ],
    handle: addPack,
  }),
  command({
    name: 'catalog.update-pack',
    route: 'PATCH /v1/packs/:id',
    summary: 'Change a pack.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: shape.updatePackInput,
    output: shape.pack,
    refusals: [contract.tooManyDecimals, contract.packNameTaken],
    handle: changePack,
  }),
  command({
    name: 'catalog.remove-pack',
    route: 'DELETE /v1/packs/:id',
    summary: 'End a pack, with the barcodes that it bears.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: contract.endInput,
    output: shape.pack,
    handle: removePack,
  }),
  command({
    name: 'catalog.add-barcode',
    route: 'POST /v1/barcodes',
    summary: 'Add a barcode to a variant or to a pack of it.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: shape.addBarcodeInput,
    output: shape.barcode,
    refusals: [
      contract.variantNotFound,
      contract.packNotFound,
      contract.barcodeMalformed,
      contract.wrongCheckDigit,
      contract.barcodeTaken,
      platformRefusals.alreadyExists,
    ],
    handle: addBarcode,
  }),
  command({
    name: 'catalog.remove-barcode',
    route: 'DELETE /v1/barcodes/:id',
    summary: 'End a barcode; another variant may bear it then.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: contract.endInput,
    output: shape.barcode,
    handle: removeBarcode,
  }),
] as const

/** The pictures that variants are shown by, as hashes of files; none for those who may not see images. */
type PicturesOf = (context: QueryContext, variantIds: readonly string[]) => Promise<ReadonlyMap<string, string>>

/** Variants, what they cost, their packs and barcodes, and what is in a kit. */
export function variantOperations({ holdsStock, picturesOf }: { holdsStock: HoldsStock; picturesOf: PicturesOf }) {
  return [
    ...openOperations,
    query({
      name: 'catalog.look-up-variants',
      route: 'GET /v1/look-ups/variants',
      summary: 'What variants are called and told apart by, by their ids; deleted ones, too.',
      permission: permissions.viewProducts,
      reach: 'any',
      input: lookUpInput,
      output: found(shape.variantName),
      async handle(context, { ids }) {
        const rows = await lookUpVariants(context, ids)
        const pictures = await picturesOf(
          context,
          rows.map((row) => row.id),
        )
        return { items: rows.map((row) => ({ ...row, image_sha256: pictures.get(row.id) ?? null })) }
      },
    }),
    command({
      name: 'catalog.delete-variant',
      route: 'DELETE /v1/variants/:id',
      summary: 'Take a variant out of the catalogue, with its packs and barcodes.',
      permission: permissions.manageProducts,
      reach: 'tenant',
      input: contract.endInput,
      output: shape.variant,
      refusals: [contract.variantInKit, contract.lastVariant, contract.variantInStock],
      handle: (context, input) => deleteVariant(context, holdsStock, input),
    }),
  ] as const
}
