import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import { type Settings, settingInvalid } from '../settings/index.ts'
import { entityNotFound } from '../tenants/index.ts'
import { calculate } from './calculate.ts'
import { addClasses, changeClass, createClass } from './classes.ts'
import * as contract from './contract.ts'
import { createJurisdiction, readBranchJurisdictions, setBranchJurisdictions } from './jurisdictions.ts'
import { findClasses, listClasses, listJurisdictions } from './queries.ts'
import { findRate, listRates } from './rate-queries.ts'
import { asAnswered, changeRate, createRate, endRate, todayOf } from './rates.ts'

const { permissions } = contract

const jurisdictionOperations = [
  query({
    name: 'tax.list-jurisdictions',
    route: 'GET /v1/tax-jurisdictions',
    summary: 'Places that raise taxes, your own included, by code.',
    permission: permissions.viewRates,
    reach: 'any',
    input: contract.listJurisdictionsInput,
    output: page(contract.jurisdiction),
    async handle(context, input) {
      const [after] = readCursor(input.cursor, z.tuple([contract.jurisdictionCode])) ?? []
      return toPage(await listJurisdictions(context, input, after), input.limit, (row) => [row.code])
    },
  }),
  command({
    name: 'tax.create-jurisdiction',
    route: 'POST /v1/tax-jurisdictions',
    summary: 'Add a place inside another, such as a county, a city or a district.',
    permission: permissions.manageRates,
    reach: 'tenant',
    input: contract.createJurisdictionInput,
    output: contract.jurisdiction,
    refusals: [
      contract.jurisdictionExists,
      contract.jurisdictionNotFound,
      contract.codeOutsideParent,
      platformRefusals.alreadyExists,
    ],
    handle: createJurisdiction,
  }),
  query({
    name: 'tax.get-branch-jurisdictions',
    route: 'GET /v1/branches/:id/tax-jurisdictions',
    summary: 'The places that raise taxes where a branch stands.',
    permission: permissions.viewRates,
    reach: 'branch',
    input: contract.byId,
    output: contract.branchJurisdictions,
    refusals: [contract.jurisdictionNotFound],
    handle: readBranchJurisdictions,
  }),
  command({
    name: 'tax.set-branch-jurisdictions',
    route: 'PUT /v1/branches/:id/tax-jurisdictions',
    summary: 'Say in which places a branch stands, by the innermost ones.',
    permission: permissions.manageRates,
    reach: 'branch',
    input: contract.setBranchJurisdictionsInput,
    output: contract.branchJurisdictions,
    refusals: [contract.jurisdictionNotFound, contract.jurisdictionsApart],
    handle: setBranchJurisdictions,
  }),
] as const

const classOperations = [
  query({
    name: 'tax.list-classes',
    route: 'GET /v1/tax-classes',
    summary: 'Tax classes by code.',
    permission: permissions.viewRates,
    reach: 'any',
    input: contract.listInput,
    output: page(contract.taxClass),
    async handle(context, { limit, cursor }) {
      const [after] = readCursor(cursor, z.tuple([contract.classCode, z.uuid()])) ?? []
      return toPage(await listClasses(context, limit, after), limit, (row) => [row.code, row.id])
    },
  }),
  query({
    name: 'tax.get-class',
    route: 'GET /v1/tax-classes/:id',
    summary: 'One tax class.',
    permission: permissions.viewRates,
    reach: 'any',
    input: contract.byId,
    output: contract.taxClass,
    async handle(context, { id }) {
      const [found] = await findClasses(context, [id])
      return found ?? refuse(platformRefusals.notFound)
    },
  }),
  command({
    name: 'tax.create-class',
    route: 'POST /v1/tax-classes',
    summary: 'Make a tax class.',
    permission: permissions.manageRates,
    reach: 'tenant',
    input: contract.createClassInput,
    output: contract.taxClass,
    refusals: [contract.classCodeTaken, contract.rateNameUnused, platformRefusals.alreadyExists],
    handle: createClass,
  }),
  command({
    name: 'tax.update-class',
    route: 'PATCH /v1/tax-classes/:id',
    summary: 'Change the name of a tax class, or the reference rate it takes from now on.',
    permission: permissions.manageRates,
    reach: 'tenant',
    input: contract.updateClassInput,
    output: contract.taxClass,
    refusals: [contract.rateNameUnused],
    handle: changeClass,
  }),
  command({
    name: 'tax.add-classes',
    route: 'POST /v1/tax-classes-of-country',
    summary: 'Add the classes that the country of a legal entity has and you lack; a new entity adds them by itself.',
    permission: permissions.manageRates,
    reach: 'tenant',
    input: contract.addClassesInput,
    output: contract.addedClasses,
    refusals: [entityNotFound],
    handle: addClasses,
  }),
] as const

const rateOperations = [
  query({
    name: 'tax.list-rates',
    route: 'GET /v1/tax-rates',
    summary: 'The rates in force on a day, of the reference and your own, by jurisdiction.',
    permission: permissions.viewRates,
    reach: 'any',
    input: contract.listRatesInput,
    output: page(contract.rateInForce),
    async handle(context, input) {
      const after = readCursor(input.cursor, z.tuple([contract.jurisdictionCode, z.string().max(100)]))
      const on = input.on ?? (await todayOf(context))
      const rows = await listRates(context, { ...input, on }, after)
      return toPage(rows.map(asAnswered), input.limit, (row) => [row.jurisdiction_code, row.key])
    },
  }),
  query({
    name: 'tax.get-rate',
    route: 'GET /v1/tax-rates/:id',
    summary: 'One rate of your own.',
    permission: permissions.viewRates,
    reach: 'any',
    input: contract.byId,
    output: contract.rate,
    handle: async (context, { id }) => asAnswered((await findRate(context, id)) ?? refuse(platformRefusals.notFound)),
  }),
  command({
    name: 'tax.create-rate',
    route: 'POST /v1/tax-rates',
    summary: 'Make a rate; on its days it stands in for the reference rate of its class and place.',
    permission: permissions.manageRates,
    reach: 'tenant',
    input: contract.createRateInput,
    output: contract.rate,
    refusals: [
      contract.overlappingValidity,
      contract.periodCrossed,
      contract.jurisdictionNotFound,
      contract.classNotFound,
      platformRefusals.alreadyExists,
    ],
    handle: createRate,
  }),
  command({
    name: 'tax.update-rate',
    route: 'PATCH /v1/tax-rates/:id',
    summary: 'Change a rate that has not begun.',
    permission: permissions.manageRates,
    reach: 'tenant',
    input: contract.updateRateInput,
    output: contract.rate,
    refusals: [contract.rateBegun, contract.overlappingValidity, contract.periodCrossed],
    handle: changeRate,
  }),
  command({
    name: 'tax.end-rate',
    route: 'POST /v1/tax-rates/:id/end',
    summary: 'End a rate, today or on a later day; its past stays.',
    permission: permissions.manageRates,
    reach: 'tenant',
    input: contract.endRateInput,
    output: contract.rate,
    refusals: [contract.pastRewritten, contract.periodCrossed],
    handle: endRate,
  }),
] as const

/** Jurisdictions, tax classes, rates, and what they come to. */
export function taxOperations({ settings }: { settings: Settings }) {
  return [
    ...jurisdictionOperations,
    ...classOperations,
    ...rateOperations,
    query({
      name: 'tax.calculate',
      route: 'POST /v1/tax-calculations',
      summary: 'The taxes of lines sold in a branch, line by line and for each tax. Nothing is kept.',
      permission: permissions.calculate,
      reach: 'branch',
      input: contract.calculateInput,
      output: contract.calculation,
      refusals: [
        contract.branchUnknown,
        contract.classNotFound,
        contract.rateNotFound,
        contract.jurisdictionNotFound,
        contract.discountTooLarge,
        contract.amountTooLarge,
        unknownCurrency,
        settingInvalid,
      ],
      handle: (context, input) => calculate(context, settings, input),
    }),
  ] as const
}
