import { z } from 'zod'
import type { Target } from '../imports/index.ts'
import { addAddressInput, addTaxNumberInput, createPartyInput, setRoleInput } from '../parties/index.ts'
import { commitParties, type PartyRole } from './commit-parties.ts'
import { customerFields, partyOptions, supplierFields } from './party-fields.ts'
import { findPartyDependents } from './party-queries.ts'
import { undoParties } from './undo-parties.ts'

const party = createPartyInput.shape
const role = setRoleInput.shape
const address = addAddressInput.shape

const partyRow = z
  .strictObject({
    kind: party.kind.optional(),
    name: party.name.unwrap(),
    email: party.email,
    phone: party.phone,
    note: party.note,
    code: role.code.unwrap().unwrap().optional(),
    payment_days: role.payment_days.unwrap().unwrap().optional(),
    payment_terms: role.payment_terms.unwrap().unwrap().optional(),
    currency: role.currency.unwrap().unwrap().optional(),
    lead_time_days: role.lead_time_days.unwrap().unwrap().optional(),
    minimum_order: role.minimum_order.unwrap().unwrap().optional(),
    street: address.street.unwrap().unwrap().optional(),
    postal_code: address.postal_code.unwrap().unwrap().optional(),
    city: address.city.unwrap().unwrap().optional(),
    country: address.country.optional(),
    tax_number: addTaxNumberInput.shape.number.optional(),
  })
  .refine((row) => row.minimum_order === undefined || row.currency !== undefined, {
    error: 'needs a currency',
    path: ['minimum_order'],
  })
export type PartyRow = z.output<typeof partyRow>

const optionValues = z.strictObject({
  country: address.country.optional(),
  tax_scheme: addTaxNumberInput.shape.scheme.optional(),
})
export type PartyOptions = z.output<typeof optionValues>

const terms = ['code', 'payment_days', 'payment_terms', 'currency', 'lead_time_days', 'minimum_order'] as const

/** Customers; who is there, by their code or e-mail address, is changed where the row says something else. */
export const customerTarget = partyTarget('customer', {
  name: 'customers',
  title: 'Customers',
  datasets: ['customers'],
  fields: customerFields,
})

/** Suppliers; as customers, with what was agreed with them. */
export const supplierTarget = partyTarget('supplier', {
  name: 'suppliers',
  title: 'Suppliers',
  datasets: ['suppliers'],
  fields: supplierFields,
})

function partyTarget(
  as: PartyRole,
  named: Pick<Target, 'name' | 'title' | 'datasets' | 'fields'>,
): Target<PartyRow, PartyOptions> {
  return {
    ...named,
    options: partyOptions,
    optionValues,
    row: partyRow,
    permissions: ({ fields }) => [
      'parties.manage-parties',
      ...(terms.some((one) => fields.has(one)) ? ['parties.manage-terms'] : []),
    ],
    keyOf: ({ code, email }) => (code === undefined ? email && `email ${email}` : `code ${code}`),
    open: async (_, options) => options as PartyOptions,
    judge(options, row) {
      const isPlaceless = row.country === undefined && options.country === undefined
      const needs = [row.street, row.city, row.postal_code, row.tax_number].some((one) => one !== undefined)
      return isPlaceless && needs
        ? [{ field: 'country', kind: 'missing', code: 'missing', message: 'Say in which country that is' }]
        : []
    },
    commit: (context, options, rows) => commitParties(context, { as, options }, rows),
    dependents: findPartyDependents,
    undo: undoParties,
  }
}
