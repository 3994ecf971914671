import { command } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { unknownCountry } from '../reference/index.ts'
import * as contract from './contract.ts'
import {
  addAddress,
  addContact,
  addTaxNumber,
  changeAddress,
  changeContact,
  endTaxNumber,
  removeAddress,
  removeContact,
} from './details.ts'

const { permissions } = contract
const access = { permission: permissions.manageParties, reach: 'any' } as const
const gone = [contract.partyDeleted, contract.partyAnonymised]
const added = [contract.partyNotFound, ...gone, platformRefusals.alreadyExists]
const changed = [contract.detailRemoved, ...gone]

/** Contacts, addresses and tax numbers of parties. */
export const detailOperations = [
  command({
    name: 'parties.add-contact',
    route: 'POST /v1/party-contacts',
    summary: 'Add a person to ask for at a party.',
    ...access,
    input: contract.addContactInput,
    output: contract.contact,
    refusals: added,
    handle: addContact,
  }),
  command({
    name: 'parties.update-contact',
    route: 'PATCH /v1/party-contacts/:id',
    summary: 'Change a contact.',
    ...access,
    input: contract.updateContactInput,
    output: contract.contact,
    refusals: changed,
    handle: changeContact,
  }),
  command({
    name: 'parties.remove-contact',
    route: 'DELETE /v1/party-contacts/:id',
    summary: 'Remove a contact.',
    ...access,
    input: contract.byVersion,
    output: contract.contact,
    refusals: changed,
    handle: removeContact,
  }),
  command({
    name: 'parties.add-address',
    route: 'POST /v1/party-addresses',
    summary: 'Add an address to a party.',
    ...access,
    input: contract.addAddressInput,
    output: contract.address,
    refusals: [unknownCountry, ...added],
    handle: addAddress,
  }),
  command({
    name: 'parties.update-address',
    route: 'PATCH /v1/party-addresses/:id',
    summary: 'Change an address.',
    ...access,
    input: contract.updateAddressInput,
    output: contract.address,
    refusals: [unknownCountry, ...changed],
    handle: changeAddress,
  }),
  command({
    name: 'parties.remove-address',
    route: 'DELETE /v1/party-addresses/:id',
    summary: 'Remove an address.',
    ...access,
    input: contract.byVersion,
    output: contract.address,
    refusals: changed,
    handle: removeAddress,
  }),
  command({
    name: 'parties.add-tax-number',
    route: 'POST /v1/party-tax-numbers',
    summary: 'Add a tax number to a party.',
    ...access,
    input: contract.addTaxNumberInput,
    output: contract.taxNumber,
    refusals: [unknownCountry, contract.taxNumberMalformed, contract.taxNumberTaken, ...added],
    handle: addTaxNumber,
  }),
  command({
    name: 'parties.remove-tax-number',
    route: 'DELETE /v1/party-tax-numbers/:id',
    summary: 'Remove a tax number.',
    ...access,
    input: contract.byVersion,
    output: contract.taxNumber,
    refusals: changed,
    handle: endTaxNumber,
  }),
] as const
