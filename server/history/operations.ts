import { customerNotFound } from '../basket/index.ts'
import { catalogPermissions, tooManyDecimals } from '../catalog/index.ts'
import { channelNotFound } from '../channels/index.ts'
import { rateRefusals } from '../fx/index.ts'
import { batchRequired, stockRefusals } from '../inventory/index.ts'
import { periodClosed } from '../ledger/index.ts'
import { command, query } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { page } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import { classNotFound } from '../tax/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import * as contract from './contract.ts'
import * as reading from './read-contract.ts'
import { readDocument, readDocuments, readLines } from './read-documents.ts'
import { recordDocuments } from './record-documents.ts'
import { reverseDocuments } from './reverse-documents.ts'

const { permissions } = contract

/** What posting may be refused with, whole lists at once where only the database finds it. */
const postingRefusals = [...stockRefusals, batchRequired, tooManyDecimals, periodClosed]

const documentRefusals = [
  customerNotFound,
  channelNotFound,
  classNotFound,
  unknownCurrency,
  ...rateRefusals,
  contract.originalNotFound,
  contract.originalMissing,
  contract.originalElsewhere,
  contract.numberTaken,
  contract.dayMissing,
  contract.documentInFuture,
  contract.timesCrossed,
  contract.goodsMissing,
  contract.goodsOnAdjustment,
  contract.discountBeyondAmount,
  contract.taxBeyondAmount,
  contract.documentAmountTooFine,
  contract.documentTooLarge,
  contract.totalOfOtherSign,
]

const reads = [
  query({
    name: 'history.list-documents',
    route: 'GET /v1/history-documents',
    summary: 'Documents of earlier sales, the latest day first.',
    permission: permissions.viewDocuments,
    reach: 'branch',
    input: reading.listInput,
    output: page(reading.document),
    refusals: [branchNotFound, customerNotFound],
    handle: readDocuments,
  }),
  query({
    name: 'history.get-document',
    route: 'GET /v1/history-documents/:id',
    summary: 'One document of earlier sales.',
    permission: permissions.viewDocuments,
    extraPermissions: [catalogPermissions.viewCosts],
    reach: 'branch',
    input: reading.byId,
    output: reading.documentInFull,
    handle: (context, { id }) => readDocument(context, id),
  }),
  query({
    name: 'history.list-lines',
    route: 'GET /v1/history-documents/:id/lines',
    summary: 'The lines of a document of earlier sales.',
    permission: permissions.viewDocuments,
    extraPermissions: [catalogPermissions.viewCosts],
    reach: 'branch',
    input: reading.linesInput,
    output: page(reading.documentLine),
    handle: readLines,
  }),
] as const

/** What was sold before or elsewhere: recorded, taken back and read. */
export function historyOperations({ settings }: { settings: Settings }) {
  return [
    ...reads,
    command({
      name: 'history.record-documents',
      route: 'POST /v1/history-documents',
      summary: 'Record up to 200 documents of earlier sales; each is recorded, or refused by itself.',
      permission: permissions.recordDocuments,
      reach: 'branch',
      mostBytes: 8 * 1024 * 1024,
      input: contract.recordInput,
      output: contract.recordedDocuments,
      refusals: [...postingRefusals, ...documentRefusals],
      async handle(context, { documents, ledger, stock }) {
        const items = await recordDocuments(context, documents, { settings, ledger, stock })
        return {
          items: items.map((one) =>
            one instanceof Refusal
              ? { id: null, state: 'refused' as const, total: null, refused: refusedOf(one) }
              : { ...one, refused: null },
          ),
        }
      },
    }),
    command({
      name: 'history.reverse-documents',
      route: 'POST /v1/history-reversals',
      summary: 'Take up to 200 documents of earlier sales back; each is taken back, or refused by itself.',
      permission: permissions.reverseDocuments,
      reach: 'branch',
      input: contract.reverseInput,
      output: contract.reversedDocuments,
      refusals: [...postingRefusals, contract.alreadyTakenBack, contract.documentRefunded, contract.stockRevalued],
      async handle(context, { ids, reason, if_closed }) {
        const outcomes = await reverseDocuments(context, ids, { reason, if_closed })
        return {
          items: outcomes.map((one) =>
            one instanceof Refusal
              ? { id: null, reversal_id: null, refused: refusedOf(one) }
              : { ...one, refused: null },
          ),
        }
      },
    }),
  ] as const
}

function refusedOf({ kind: { code, title }, message }: Refusal) {
  return { code, title, detail: message }
}
