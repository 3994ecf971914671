import { z } from 'zod'
import { command, personCommand, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { addEmployee } from './add-employee.ts'
import { cancelApiKey, createApiKey } from './api-keys.ts'
import * as contract from './contract.ts'
import { changeRole, createRole } from './roles.ts'
import { findEmployee, findRoles, listApiKeys, listEmployees, listRoles } from './staff-queries.ts'
import { changeEmployee } from './update-employee.ts'

const { permissions, grantsTooMuch, lastOwner, roleNotFound, unknownPermission } = contract
const afterId = z.tuple([z.uuid()])

export interface StaffDependencies {
  people: { find(userId: string): Promise<unknown> }
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
    input: contract.listInput,
    output: page(contract.employee),
    async handle(context, { limit, cursor }) {
      const [after] = readCursor(cursor, afterId) ?? []
      return toPage(await listEmployees(context, limit, after), limit, (row) => [row.id])
    },
  }),
  query({
    name: 'tenants.get-employee',
    route: 'GET /v1/employees/:id',
    summary: 'One employee.',
    permission: permissions.manageEmployees,
    reach: 'branch',
    input: contract.byId,
    output: contract.employee,
    handle: async (context, { id }) => (await findEmployee(context, id)) ?? refuse(platformRefusals.notFound),
  }),
] as const

/** Employees, roles and API keys. */
export function staffOperations(dependencies: StaffDependencies) {
  return [
    ...employeeQueries,
    ...employeeCommands(dependencies),
    ...roleOperations(dependencies),
    ...apiKeyOperations(dependencies),
  ] as const
}

function employeeCommands({ people, knownPermissions }: StaffDependencies) {
  return [
    command({
      name: 'tenants.add-employee',
      route: 'POST /v1/employees',
      summary: 'Invite a person to a place in the tenant.',
      severity: 'notice',
      permission: permissions.manageEmployees,
      reach: 'branch',
      input: contract.addEmployeeInput,
      output: contract.employee,
      refusals: [
        contract.employeeExists,
        contract.userNotFound,
        roleNotFound,
        grantsTooMuch,
        platformRefusals.alreadyExists,
      ],
      handle: async (context, input) =>
        addEmployee(
          context,
          { known: knownPermissions(), userExists: Boolean(await people.find(input.user_id)) },
          input,
        ),
    }),
    personCommand({
      name: 'tenants.accept-invitation',
      route: 'POST /v1/tenants/:tenant_id/acceptance',
      summary: 'Take up the place to which a tenant invited you.',
      severity: 'notice',
      input: contract.acceptInvitationInput,
      output: contract.employee,
      handle: acceptInvitation,
    }),
    command({
      name: 'tenants.update-employee',
      route: 'PATCH /v1/employees/:id',
      summary: 'Rename, suspend or reactivate an employee, and set their roles.',
      severity: 'notice',
      permission: permissions.manageEmployees,
      reach: 'branch',
      input: contract.updateEmployeeInput,
      output: contract.employee,
      refusals: [roleNotFound, grantsTooMuch, lastOwner, contract.invitationOpen],
      handle: (context, input) => changeEmployee(context, knownPermissions(), input),
    }),
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
        return toPage(await listRoles(context, limit, after), limit, (row) => [row.id])
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
      handle: async (context, { id }) => (await findRoles(context, [id]))[0] ?? refuse(platformRefusals.notFound),
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
        return toPage(await listApiKeys(context, limit, after), limit, (row) => [row.id])
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
      handle: cancelApiKey,
    }),
  ] as const
}
