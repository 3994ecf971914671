import { assortmentOperations } from './assortment/index.ts'
import { auditOperations, checkpointOperations, type Sealing } from './audit/index.ts'
import { cashConstraints, cashOperations, isInSession, readSession } from './cash/index.ts'
import { cashierOperations, verifierSealer } from './cashiers/index.ts'
import {
  addUsualUnits,
  catalogConstraints,
  groundOperations,
  productOperations,
  scanOperations,
  variantOperations,
} from './catalog/index.ts'
import { channelConstraints, channelOperations } from './channels/index.ts'
import { countConstraints, countOperations } from './counts/index.ts'
import { fxOperations } from './fx/index.ts'
import { historyOperations } from './history/index.ts'
import { hashPassword, identityOperations, type People, verifyPassword } from './identity/index.ts'
import { imageOperations, picturesOf } from './images/index.ts'
import { importTargets } from './import-targets/index.ts'
import { forgetPartyOfImports, type ImportDependencies, importConstraints, importOperations } from './imports/index.ts'
import { integrityOperations } from './integrity/index.ts'
import {
  batchConstraints,
  batchOperations,
  holdsStock,
  inventoryConstraints,
  inventoryOperations,
  quarantineOperations,
  reservationOperations,
} from './inventory/index.ts'
import { labelOperations } from './labels/index.ts'
import { ledgerConstraints, ledgerOperations, ledgerReports, openBooksOf } from './ledger/index.ts'
import type { Mailer } from './messaging/index.ts'
import { overviewOperations } from './overview/index.ts'
import { type ForgetParty, partyConstraints, partyOperations } from './parties/index.ts'
import {
  addUsualTenders,
  authorizationOperations,
  type Providers,
  paymentConstraints,
  paymentOperations,
} from './payments/index.ts'
import type { Databases } from './platform/database.ts'
import type { SealedColumn } from './platform/encryption.ts'
import type { CommandContext, Operation, OperationMap, QueryContext } from './platform/operation.ts'
import type { RefusalKind } from './platform/refusal.ts'
import { hasPriceLists, pricingConstraints, pricingOperations } from './pricing/index.ts'
import {
  type DatasetName,
  forgetPartyOfQuality,
  qualityConstraints,
  qualityOperations,
  runAfterImport,
} from './quality/index.ts'
import { assertNotRecalled, recallConstraints, recallOperations } from './recalls/index.ts'
import { countryLists, type ReferenceLoader, referenceOperations } from './reference/index.ts'
import { deviceConstraints, deviceOperations, registerConstraints, registerOperations } from './registers/index.ts'
import { replenishmentConstraints, replenishmentOperations } from './replenishment/index.ts'
import { reportOperations } from './reports/index.ts'
import { forgetCustomerOfSales, saleReads, salesConstraints, salesOfSession, salesOperations } from './sales/index.ts'
import { type Settings, settingCommands, settingConstraints, settingQueries } from './settings/index.ts'
import {
  certificateOf,
  forgetCustomerOfSync,
  isDone,
  salesUnsettled,
  syncConstraints,
  syncOperations,
} from './sync/index.ts'
import { addClassesOf, taxConstraints, taxOperations, taxReference } from './tax/index.ts'
import {
  type EntityMade,
  findBranch,
  peopleOperations,
  placeOperations,
  staffOperations,
  tenantConstraints,
} from './tenants/index.ts'
import { forgetCustomerOfTickets, ticketOperations } from './tickets/index.ts'
import { tillPermissions } from './till-permissions.ts'
import { isOnTheWay, transferConstraints, transferOperations } from './transfers/index.ts'
import { valuationOperations } from './valuation/index.ts'

/** Every operation of the product by name, as the typed client sees them. */
export type Operations = OperationMap<ReturnType<typeof createOperations>>

export interface OperationOptions {
  readonly signUpOpen: boolean
  readonly sealing: Sealing
  /** Connections that read at length. */
  readonly checks: Databases['checks']
  readonly mailer: Mailer
  readonly settings: Settings
  readonly publicUrl: string
  /** Where the files of images are. */
  readonly imageDirectory: string
  /** Where the files of imports are, and what they can become. */
  readonly imports: ImportDependencies
  /** Those that this installation offers. */
  readonly providers: Providers
  /** True when the token of an invitation is open and was sent to this address. */
  isInvited(token: string, email: string): Promise<boolean>
}

/** All operations; the one list from which routes, documents, client types and the command line are made. */
export function createOperations(people: People, options: OperationOptions) {
  const declared = { operations: (): readonly Operation[] => operations, knownPermissions: () => known }
  const hashing = { hashPassword, verifyPassword, sealVerifier: verifierSealer(options.settings) }
  const operations = [
    ...checkpointOperations(options.sealing),
    ...identityOperations(people, options),
    ...placeOperations({ people, entityMade, declared, signUpOpen: options.signUpOpen }),
    ...referenceOperations,
    ...staffOperations(declared),
    ...peopleOperations({ declared, post: options, hashing }),
    ...auditOperations,
    ...settingQueries({ ...options, findBranch }),
    ...settingCommands({ ...options, findBranch }),
    ...fxOperations(options),
    ...ledgerOperations(options),
    ...ledgerReports,
    ...taxOperations(options),
    ...groundOperations,
    ...productOperations({ holdsStock: isInStock }),
    ...scanOperations(options),
    ...variantOperations({ holdsStock: isInStock, picturesOf }),
    ...imageOperations(options),
    ...channelOperations({ ...options, isPriced: (context, id) => hasPriceLists(context, 'channel_id', id) }),
    ...pricingOperations,
    ...inventoryOperations,
    ...reservationOperations(options),
    ...quarantineOperations,
    ...transferOperations,
    ...replenishmentOperations(options),
    ...valuationOperations(options),
    ...partyOperations({ isPriced: (context, id) => hasPriceLists(context, 'customer_group_id', id), forget }),
    ...batchOperations({ assertReleasable: assertNotRecalled }),
    ...recallOperations,
    ...labelOperations,
    ...countOperations(options),
    ...registerOperations({ isInSession }),
    ...deviceOperations({ isDone }),
    ...cashierOperations({ ...options, hashing, tillPermissions }),
    ...cashOperations({ ...options, certificateOf, salesOf: salesOfSession }),
    ...ticketOperations,
    ...paymentOperations({ readSession }),
    ...authorizationOperations(options),
    ...saleReads({ unsettledOf: salesUnsettled }),
    ...salesOperations(options),
    ...syncOperations(options),
    ...historyOperations(options),
    ...integrityOperations(options),
    ...assortmentOperations(options),
    ...overviewOperations,
    ...importOperations({ ...options.imports, settings: options.settings }),
    ...reportOperations(options),
    ...qualityOperations(),
  ] as const
  const known = permissionsOf(operations)
  return operations
}

/** What is personal of a party beyond its own tables. */
const forget: ForgetParty = async (context, partyId, said) => {
  await forgetCustomerOfTickets(context, partyId)
  await forgetCustomerOfSales(context, partyId)
  await forgetCustomerOfSync(context, partyId)
  await forgetPartyOfQuality(context, partyId)
  await forgetPartyOfImports(context, partyId, said)
}

/** What a new legal entity has from the start: books, the tax classes of its country, units and tenders. */
const entityMade: EntityMade = async (scope, entity) => {
  await openBooksOf(scope, entity)
  await addClassesOf(scope, entity)
  await addUsualUnits(scope, entity)
  await addUsualTenders(scope, entity)
}

/** Every permission that some operation asks for, or does more with. */
export function permissionsOf(operations: readonly Operation[]): ReadonlySet<string> {
  return new Set(
    operations.flatMap(({ permission, extraPermissions = [] }) => [
      ...(permission === null ? [] : [permission]),
      ...extraPermissions,
    ]),
  )
}

/** Every column that holds sealed values; their place is table, column, tenant and the id of the row. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'settings.value', column: 'sealed', key: 'id', of: 'tenant' },
  { table: 'settings.platform_value', column: 'sealed', key: 'id', of: 'installation' },
  { table: 'channels.channel', column: 'credentials', key: 'id', of: 'tenant' },
  { table: 'sync.kept_text', column: 'sealed', key: 'id', of: 'tenant' },
  { table: 'tenants.till_pin', column: 'verifier', key: 'employee_id', of: 'tenant' },
  { table: 'sync.kept_note', column: 'sealed', key: 'id', of: 'tenant' },
  { table: 'identity.second_factor', column: 'secret', key: 'user_id', of: 'installation' },
]

/** The files of reference data, in the order in which they are loaded: what a row names stands above it. */
export const referenceLoaders: readonly ReferenceLoader[] = [...countryLists, ...taxReference]

/** What files can be imported as, and who judges the quality of what came in. */
export function importParts(settings: Settings): Pick<ImportDependencies, 'targets' | 'judge'> {
  return { targets: importTargets({ holdsStock: isInStock, settings }), judge: judgeImported }
}

/** Has the rules judged that are about what an import changed. */
async function judgeImported(context: CommandContext, datasets: readonly string[]): Promise<void> {
  for (const dataset of datasets) await runAfterImport(context, dataset as DatasetName)
}

/** Whether anything of one of these variants lies somewhere or is on its way. */
async function isInStock(context: QueryContext, variantIds: readonly string[]): Promise<boolean> {
  return (await holdsStock(context, variantIds)) || isOnTheWay(context, variantIds)
}

/** Constraint name → refusal, of every module. */
export const constraints: ReadonlyMap<string, RefusalKind> = new Map(
  Object.entries({
    ...settingConstraints,
    ...tenantConstraints,
    ...ledgerConstraints,
    ...taxConstraints,
    ...catalogConstraints,
    ...channelConstraints,
    ...pricingConstraints,
    ...partyConstraints,
    ...inventoryConstraints,
    ...transferConstraints,
    ...replenishmentConstraints,
    ...batchConstraints,
    ...recallConstraints,
    ...countConstraints,
    ...registerConstraints,
    ...deviceConstraints,
    ...cashConstraints,
    ...salesConstraints,
    ...syncConstraints,
    ...paymentConstraints,
    ...importConstraints,
    ...qualityConstraints,
  }),
)
