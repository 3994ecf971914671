import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { found, lookUpInput, page, readCursor, toPage } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import { cancelApiKey, createApiKey } from './api-keys.ts'
import * as contract from './contract.ts'
import { employeeName, listEmployeesInput, updateEmployeeInput } from './people-contract.ts'
import { findRoles, listApiKeys, listRoles } from './role-queries.ts'
import { changeRole, createRole, resetRole, withoutHidden } from './roles.ts'
import { findEmployee, listEmployees, lookUpEmployees } from './staff-queries.ts'
import { changeEmployee } from './update-employee.ts'

const { permissions, grantsTooMuch, lastOwner, roleNotFound, unknownPermission } = contract
/** What an employee may be given that is not there. */
export const placing = [roleNotFound, contract.entityNotFound, contract.regionNotFound, contract.branchNotFound]
const afterId = z.tuple([z.uuid()])

export interface StaffDependencies {
  /** Every permission of the product: known once all modules have declared theirs. */
  knownPermissions(): ReadonlySet<string>
}

const employeeQueries = [
  query({
    name: 'tenants.list-employees',
    route: 'GET /v1/employees',
    summary: 'Employees with the roles they hold, in the order of their ids.',
    permission: permissions.manageEmployees,
    reach: 'branch',
    input: listEmployeesInput,
    output: page(contract.employee),
    async handle(context, { limit, cursor, ...filter }) {
      const [after] = readCursor(cursor, afterId) ?? []
      const rows = await listEmployees(context, context.caller.scope, { ...filter, limit, after })
      return toPage(rows, limit, (row) => [row.id])
    },
  }),
  query({
    name: 'tenants.look-up-employees',
    route: 'GET /v1/look-ups/employees',
    summary: 'What colleagues are called, by ids of employees or of users; those who have left, too.',
    permission: null,
    reach: 'any',
    input: lookUpInput,
    output: found(employeeName),
    handle: async (context, { ids }) => ({ items: await lookUpEmployees(context, ids) }),
  }),
  query({
    name: 'tenants.get-employee',
    route: 'GET /v1/employees/:id',
    summary: 'One employee.',
    permission: permissions.manageEmployees,
    reach: 'branch',
    input: contract.byId,
    output: contract.employee,
    handle: async (context, { id }) =>
      (await findEmployee(context, id, context.caller.scope)) ?? refuse(platformRefusals.notFound),
  }),
] as const

const employeeCommands = [
  command({
    name: 'tenants.update-employee',
    route: 'PATCH /v1/employees/:id',
    summary: 'Rename, suspend or reactivate an employee, and set their roles, scope and preferences.',
    severity: 'notice',
    permission: permissions.manageEmployees,
    reach: 'branch',
    input: updateEmployeeInput,
    output: contract.employee,
    refusals: [...placing, unknownCurrency, grantsTooMuch, lastOwner, contract.invitationOpen],
    handle: changeEmployee,
  }),
] as const

/** Employees, roles and API keys. */
export function staffOperations(dependencies: StaffDependencies) {
  return [
    ...employeeQueries,
    ...employeeCommands,
    ...roleOperations(dependencies),
    ...apiKeyOperations(dependencies),
  ] as const
}

function roleOperations({ knownPermissions }: StaffDependencies) {
  return [
    query({
      name: 'tenants.list-roles',
      route: 'GET /v1/roles',
      summary: 'Roles, in the order of their ids.',
      permission: permissions.viewTenant,
      reach: 'any',
      input: contract.listInput,
      output: page(contract.role),
      async handle(context, { limit, cursor }) {
        const [after] = readCursor(cursor, afterId) ?? []
        const rows = (await listRoles(context, limit, after)).map((row) => withoutHidden(row, context.caller))
        return toPage(rows, limit, (row) => [row.id])
      },
    }),
    query({
      name: 'tenants.get-role',
      route: 'GET /v1/roles/:id',
      summary: 'One role.',
      permission: permissions.viewTenant,
      reach: 'any',
      input: contract.byId,
      output: contract.role,
      async handle(context, { id }) {
        const [found] = await findRoles(context, [id])
        return withoutHidden(found ?? refuse(platformRefusals.notFound), context.caller)
      },
    }),
    command({
      name: 'tenants.create-role',
      route: 'POST /v1/roles',
      summary: 'Make a role out of permissions.',
      severity: 'notice',
      permission: permissions.manageRoles,
      reach: 'tenant',
      input: contract.createRoleInput,
      output: contract.role,
      refusals: [contract.roleNameTaken, grantsTooMuch, unknownPermission, platformRefusals.alreadyExists],
      handle: (context, input) => createRole(context, knownPermissions(), input),
    }),
    command({
      name: 'tenants.update-role',
      route: 'PATCH /v1/roles/:id',
      summary: 'Change a role for everybody who holds it.',
      severity: 'notice',
      permission: permissions.manageRoles,
      reach: 'tenant',
      input: contract.updateRoleInput,
      output: contract.role,
      refusals: [contract.roleNameTaken, grantsTooMuch, unknownPermission, lastOwner],
      handle: (context, input) => changeRole(context, knownPermissions(), input),
    }),
    command({
      name: 'tenants.reset-role',
      route: 'POST /v1/roles/:id/reset',
      summary: 'Let a role that was edited follow the ready-made role again that it began as.',
      severity: 'notice',
      permission: permissions.manageRoles,
      reach: 'tenant',
      input: contract.resetRoleInput,
      output: contract.role,
      refusals: [contract.roleNotReadyMade, grantsTooMuch, lastOwner],
      handle: resetRole,
    }),
  ] as const
}

function apiKeyOperations({ knownPermissions }: StaffDependencies) {
  return [
    query({
      name: 'tenants.list-api-keys',
      route: 'GET /v1/api-keys',
      summary: 'API keys without their secrets, in the order of their ids.',
      permission: permissions.manageApiKeys,
      reach: 'branch',
      input: contract.listInput,
      output: page(contract.apiKey),
      async handle(context, { limit, cursor }) {
        const [after] = readCursor(cursor, afterId) ?? []
        const rows = await listApiKeys(context, context.caller.scope, limit, after)
        const shown = rows.map((row) => withoutHidden(row, context.caller))
        return toPage(shown, limit, (row) => [row.id])
      },
    }),
    command({
      name: 'tenants.create-api-key',
      route: 'POST /v1/api-keys',
      summary: 'Make an API key; the answer shows its secret, once.',
      severity: 'notice',
      permission: permissions.manageApiKeys,
      reach: 'branch',
      input: contract.createApiKeyInput,
      output: contract.createdApiKey,
      refusals: [grantsTooMuch, unknownPermission, contract.expiryPast, platformRefusals.alreadyExists],
      handle: (context, input) => createApiKey(context, knownPermissions(), input),
    }),
    command({
      name: 'tenants.revoke-api-key',
      route: 'DELETE /v1/api-keys/:id',
      summary: 'Revoke an API key.',
      severity: 'notice',
      permission: permissions.manageApiKeys,
      reach: 'branch',
      input: contract.revokeApiKeyInput,
      output: contract.apiKey,
      handle: async (context, input) => withoutHidden(await cancelApiKey(context, input), context.caller),
    }),
  ] as const
}
