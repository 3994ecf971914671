import { z } from 'zod'
import { categoryNotFound, variantNotFound } from '../catalog/index.ts'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { id, page, readCursor, toPage } from '../platform/schema.ts'
import { type Settings, settingInvalid } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import { listAlerts } from './alert-queries.ts'
import { acknowledgeAlert, countByKind, refreshWhenAsked } from './alerts.ts'
import * as contract from './contract.ts'
import { asPolicy, assertNamed, changePolicy, createPolicy, readPolicy } from './policies.ts'
import { listPolicies } from './queries.ts'
import { getFigures, listStockStatus, propose } from './report-stock.ts'

const { permissions } = contract

/** Stock policies, what they come to, and alerts. */
export function replenishmentOperations({ settings }: { settings: Settings }) {
  return [...policyOperations, ...stockReports(settings), ...alertOperations(settings)] as const
}

const policyOperations = [
  query({
    name: 'replenishment.list-policies',
    route: 'GET /v1/stock-policies',
    summary: 'Stock policies of the tenant, of branches and of variants.',
    permission: permissions.viewFigures,
    reach: 'branch',
    input: contract.listPoliciesInput,
    output: page(contract.policy),
    refusals: [branchNotFound, variantNotFound],
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([id])) ?? []
      await assertNamed(context, filter)
      return toPage((await listPolicies(context, filter, after)).map(asPolicy), filter.limit, (row) => [row.id])
    },
  }),
  query({
    name: 'replenishment.get-policy',
    route: 'GET /v1/stock-policies/:id',
    summary: 'One stock policy.',
    permission: permissions.viewFigures,
    reach: 'branch',
    input: contract.byId,
    output: contract.policy,
    handle: (context, { id }) => readPolicy(context, id),
  }),
  command({
    name: 'replenishment.create-policy',
    route: 'POST /v1/stock-policies',
    summary: 'Say what is wanted of stock: of a variant in a branch, of either, or of everything.',
    permission: permissions.managePolicies,
    reach: 'branch',
    input: contract.createPolicyInput,
    output: contract.policy,
    refusals: [
      branchNotFound,
      variantNotFound,
      contract.policyPeriodCrossed,
      contract.policyLimitsCrossed,
      contract.policySupplierNotFound,
      contract.policyPackNotFound,
      contract.overlappingPolicies,
      platformRefusals.alreadyExists,
    ],
    handle: createPolicy,
  }),
  command({
    name: 'replenishment.update-policy',
    route: 'PATCH /v1/stock-policies/:id',
    summary: 'Change a stock policy, or end it by its last day. What it is for stays.',
    permission: permissions.managePolicies,
    reach: 'branch',
    input: contract.updatePolicyInput,
    output: contract.policy,
    refusals: [
      contract.policyPeriodCrossed,
      contract.policyLimitsCrossed,
      contract.policySupplierNotFound,
      contract.policyPackNotFound,
      contract.overlappingPolicies,
    ],
    handle: changePolicy,
  }),
] as const

function stockReports(settings: Settings) {
  return [
    query({
      name: 'replenishment.list-stock-status',
      route: 'GET /v1/stock-status',
      summary: `Stock by branch and variant with its status. ${contract.shortPages}`,
      permission: permissions.viewFigures,
      reach: 'branch',
      input: contract.listStockStatusInput,
      output: page(contract.stockStatusRow),
      refusals: [branchNotFound, variantNotFound, categoryNotFound, settingInvalid],
      handle: (context, input) => listStockStatus(context, settings, input),
    }),
    query({
      name: 'replenishment.propose',
      route: 'GET /v1/order-proposals',
      summary: `What to order for each branch, and the numbers that say so. ${contract.shortPages}`,
      permission: permissions.viewFigures,
      reach: 'branch',
      input: contract.proposeInput,
      output: page(contract.proposal),
      refusals: [branchNotFound, variantNotFound, categoryNotFound, contract.policySupplierNotFound, settingInvalid],
      handle: (context, input) => propose(context, settings, input),
    }),
    query({
      name: 'replenishment.get-figures',
      route: 'GET /v1/stock-figures',
      summary: 'All that is known of when to order a variant in a branch.',
      permission: permissions.viewFigures,
      reach: 'branch',
      input: contract.getFiguresInput,
      output: contract.proposal,
      refusals: [branchNotFound, variantNotFound, settingInvalid],
      handle: (context, input) => getFigures(context, settings, input),
    }),
  ] as const
}

function alertOperations(settings: Settings) {
  return [
    query({
      name: 'replenishment.list-alerts',
      route: 'GET /v1/stock-alerts',
      summary: 'Alerts about stock, the newest first.',
      permission: permissions.viewFigures,
      reach: 'branch',
      input: contract.listAlertsInput,
      output: page(contract.alert),
      refusals: [branchNotFound, variantNotFound],
      async handle(context, { cursor, ...filter }) {
        const [before] = readCursor(cursor, z.tuple([id])) ?? []
        await assertNamed(context, filter)
        return toPage(await listAlerts(context, filter, before), filter.limit, (row) => [row.id])
      },
    }),
    query({
      name: 'replenishment.count-alerts',
      route: 'GET /v1/stock-alert-counts',
      summary: 'How many alerts are open, by kind.',
      permission: permissions.viewFigures,
      reach: 'branch',
      input: contract.countAlertsInput,
      output: contract.alertCounts,
      refusals: [branchNotFound],
      handle: (context, { branch_id }) => countByKind(context, branch_id),
    }),
    command({
      name: 'replenishment.acknowledge-alert',
      route: 'POST /v1/stock-alerts/:id/acknowledgement',
      summary: 'Say that somebody has seen an alert.',
      permission: permissions.manageAlerts,
      reach: 'branch',
      input: contract.acknowledgeAlertInput,
      output: contract.alert,
      refusals: [contract.alertClosed],
      handle: acknowledgeAlert,
    }),
    command({
      name: 'replenishment.refresh-alerts',
      route: 'POST /v1/stock-alert-refreshes',
      summary: 'Open and close alerts now, as every hour.',
      permission: permissions.manageAlerts,
      reach: 'branch',
      input: contract.refreshAlertsInput,
      output: contract.refreshedAlerts,
      refusals: [branchNotFound, settingInvalid],
      handle: (context, input) => refreshWhenAsked(context, settings, input),
    }),
  ] as const
}
