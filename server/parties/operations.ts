import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { found, lookUpInput, page, readCursor, toPage } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import * as contract from './contract.ts'
import { detailOperations } from './detail-operations.ts'
import { listGroups } from './group-queries.ts'
import { assertGroup, changeGroup, createGroup, deleteGroup, type GroupUse } from './groups.ts'
import {
  anonymiseParty,
  changeParty,
  createParty,
  deleteParty,
  type ForgetParty,
  readParty,
  restoreParty,
  withRoles,
} from './parties.ts'
import { listParties, lookUpParties } from './queries.ts'
import { decideApproval, endRole, readDecisions, setRole } from './roles.ts'
import { prefixesOf } from './search-terms.ts'

const { permissions } = contract
const gone = [contract.partyDeleted, contract.partyAnonymised]

/** What other modules keep of a party. */
interface PartyUse extends GroupUse {
  /** Empties what is personal of it. */
  readonly forget: ForgetParty
}

const masterOperations = [
  query({
    name: 'parties.list-parties',
    route: 'GET /v1/parties',
    summary: 'Customers, suppliers, vendors and retailers by name, deleted ones left out.',
    permission: permissions.viewParties,
    reach: 'any',
    input: contract.listPartiesInput,
    output: page(contract.party),
    refusals: [contract.groupNotFound],
    async handle(context, { search, limit, cursor, ...filter }) {
      const after = readCursor(cursor, z.tuple([z.string().max(1_000), z.uuid()]))
      if (filter.group_id) await assertGroup(context, filter.group_id)
      const prefixes = search === undefined ? [] : prefixesOf(search)
      if (search !== undefined && prefixes.length === 0) return { items: [], next_cursor: null }
      const rows = await listParties(context, { ...filter, prefixes, limit }, after).execute()
      return toPage(await withRoles(context, rows), limit, ({ sort_name, id }) => [sort_name, id])
    },
  }),
  query({
    name: 'parties.get-party',
    route: 'GET /v1/parties/:id',
    summary: 'One party with its roles, contacts, addresses and tax numbers; deleted ones, too.',
    permission: permissions.viewParties,
    reach: 'any',
    input: contract.byId,
    output: contract.partyInFull,
    handle: (context, { id }) => readParty(context, id),
  }),
  query({
    name: 'parties.look-up-parties',
    route: 'GET /v1/look-ups/parties',
    summary: 'What parties are called, by their ids; deleted ones, too.',
    permission: permissions.viewParties,
    reach: 'any',
    input: lookUpInput,
    output: found(contract.partyName),
    handle: async (context, { ids }) => ({ items: await lookUpParties(context, ids) }),
  }),
  command({
    name: 'parties.create-party',
    route: 'POST /v1/parties',
    summary: 'Make a party, a customer unless other roles are named.',
    permission: permissions.manageParties,
    reach: 'any',
    input: contract.createPartyInput,
    output: contract.partyInFull,
    refusals: [contract.partyNameMissing, contract.emailTaken, platformRefusals.alreadyExists],
    handle: createParty,
  }),
  command({
    name: 'parties.update-party',
    route: 'PATCH /v1/parties/:id',
    summary: 'Change what a party is called and how it is reached.',
    permission: permissions.manageParties,
    reach: 'any',
    input: contract.updatePartyInput,
    output: contract.partyInFull,
    refusals: [contract.partyNameMissing, contract.emailTaken, ...gone],
    handle: changeParty,
  }),
  command({
    name: 'parties.delete-party',
    route: 'DELETE /v1/parties/:id',
    summary: 'Delete a party: nothing new is done with it, and its e-mail address, codes and tax numbers are free.',
    permission: permissions.manageParties,
    reach: 'tenant',
    input: contract.byVersion,
    output: contract.partyInFull,
    refusals: gone,
    handle: deleteParty,
  }),
  command({
    name: 'parties.restore-party',
    route: 'POST /v1/parties/:id/restoration',
    summary: 'Take the deletion of a party back.',
    permission: permissions.manageParties,
    reach: 'tenant',
    input: contract.byVersion,
    output: contract.partyInFull,
    refusals: [
      contract.partyNotDeleted,
      contract.partyAnonymised,
      contract.emailTaken,
      contract.roleCodeTaken,
      contract.taxNumberTaken,
    ],
    handle: restoreParty,
  }),
] as const

const anonymising = ({ forget }: PartyUse) =>
  [
    command({
      name: 'parties.anonymise-party',
      route: 'POST /v1/parties/:id/anonymisation',
      summary: 'Empty everything personal of a party for ever; its id stays, and what documents say.',
      severity: 'warning',
      permission: permissions.anonymiseParties,
      reach: 'tenant',
      input: contract.byVersion,
      output: contract.partyInFull,
      refusals: [contract.partyAnonymised],
      handle: (context, input) => anonymiseParty(context, input, forget),
    }),
  ] as const

const roleOperations = [
  command({
    name: 'parties.set-role',
    route: 'PUT /v1/parties/:id/roles/:role',
    summary: 'Make a party a customer, supplier, vendor or retailer, or change its terms as one.',
    permission: permissions.manageTerms,
    reach: 'tenant',
    input: contract.setRoleInput,
    output: contract.partyInFull,
    refusals: [
      contract.roleCodeTaken,
      contract.roleFieldUnused,
      contract.currencyMissing,
      contract.groupNotFound,
      unknownCurrency,
      ...gone,
    ],
    handle: setRole,
  }),
  command({
    name: 'parties.end-role',
    route: 'DELETE /v1/parties/:id/roles/:role',
    summary: 'End a role of a party; its terms and decisions stay.',
    permission: permissions.manageTerms,
    reach: 'tenant',
    input: contract.endRoleInput,
    output: contract.partyInFull,
    refusals: [contract.roleNotHeld, ...gone],
    handle: endRole,
  }),
  command({
    name: 'parties.decide-approval',
    route: 'POST /v1/parties/:id/roles/:role/decisions',
    summary: 'Approve, reject or suspend a vendor or retailer.',
    severity: 'notice',
    permission: permissions.approveParties,
    reach: 'tenant',
    input: contract.decideInput,
    output: contract.partyInFull,
    refusals: [contract.reasonMissing, contract.roleNotHeld, contract.alreadyDecided, ...gone],
    handle: decideApproval,
  }),
  query({
    name: 'parties.list-decisions',
    route: 'GET /v1/parties/:id/roles/:role/decisions',
    summary: 'Who approved, rejected or suspended a vendor or retailer, when and why.',
    permission: permissions.viewParties,
    reach: 'tenant',
    input: contract.listDecisionsInput,
    output: contract.decisionsMade,
    refusals: [contract.roleNotHeld],
    handle: readDecisions,
  }),
] as const

const groupOperations = (use: GroupUse) =>
  [
    query({
      name: 'parties.list-groups',
      route: 'GET /v1/customer-groups',
      summary: 'Customer groups by code.',
      permission: permissions.viewParties,
      reach: 'any',
      input: contract.listGroupsInput,
      output: page(contract.group),
      async handle(context, { limit, cursor }) {
        const [after] = readCursor(cursor, z.tuple([contract.code, z.uuid()])) ?? []
        return toPage(await listGroups(context, limit, after), limit, (row) => [row.code, row.id])
      },
    }),
    command({
      name: 'parties.create-group',
      route: 'POST /v1/customer-groups',
      summary: 'Make a customer group.',
      permission: permissions.manageTerms,
      reach: 'tenant',
      input: contract.createGroupInput,
      output: contract.group,
      refusals: [contract.groupCodeTaken, platformRefusals.alreadyExists],
      handle: createGroup,
    }),
    command({
      name: 'parties.update-group',
      route: 'PATCH /v1/customer-groups/:id',
      summary: 'Rename a customer group.',
      permission: permissions.manageTerms,
      reach: 'tenant',
      input: contract.updateGroupInput,
      output: contract.group,
      refusals: [contract.groupCodeTaken],
      handle: changeGroup,
    }),
    command({
      name: 'parties.delete-group',
      route: 'DELETE /v1/customer-groups/:id',
      summary: 'End a customer group that nobody is in and that there are no price lists for.',
      permission: permissions.manageTerms,
      reach: 'tenant',
      input: contract.byVersion,
      output: contract.group,
      refusals: [contract.groupInUse],
      handle: (context, input) => deleteGroup(context, use, input),
    }),
  ] as const

/** Parties, what they are to the tenant, and what belongs to them. */
export function partyOperations(use: PartyUse) {
  return [
    ...masterOperations,
    ...anonymising(use),
    ...roleOperations,
    ...groupOperations(use),
    ...detailOperations,
  ] as const
}
