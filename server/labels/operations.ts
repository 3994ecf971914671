import { variantNotFound } from '../catalog/index.ts'
import { query } from '../platform/operation.ts'
import { branchNotFound, priceUnknown } from '../pricing/index.ts'
import * as contract from './contract.ts'
import { printLabels } from './print-labels.ts'

/** Labels for shelves, packs and batches. */
export const labelOperations = [
  query({
    name: 'labels.print-labels',
    route: 'POST /v1/labels',
    summary: 'Labels with name, price and barcode as a PDF or a PNG, in base64. Nothing is kept.',
    permission: contract.permissions.printLabels,
    reach: 'branch',
    input: contract.printLabelsInput,
    output: contract.printed,
    refusals: [
      variantNotFound,
      contract.batchUnknown,
      contract.packUnknown,
      contract.barcodeMissing,
      contract.numberMissing,
      contract.lotUnfit,
      contract.symbolTooWide,
      contract.unitUnfit,
      contract.oneLabelOnly,
      contract.tooManyLabels,
      branchNotFound,
      priceUnknown,
    ],
    handle: printLabels,
  }),
] as const
