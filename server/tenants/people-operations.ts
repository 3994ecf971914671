import { z } from 'zod'
import { command, outsideCommand, personCommand, personQuery } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { unknownCurrency } from '../reference/index.ts'
import * as contract from './contract.ts'
import {
  acceptInvitation,
  cancelInvitation,
  inviteEmployee,
  lookAtInvitation,
  type Post,
  resendInvitation,
} from './invitations.ts'
import * as people from './people-contract.ts'
import { placing } from './staff-operations.ts'
import { checkTillPin, clearOwnTillPin, type Hashing, removeTillPin, setTillPin } from './till-pin.ts'
import { changePreferences, leaveTenant, removeEmployee } from './update-employee.ts'
import { type Declared, switchTenant } from './workplace.ts'

const { permissions, employee } = contract

export interface PeopleDependencies {
  readonly declared: Declared
  readonly post: Post
  readonly hashing: Hashing
}

/** How people come to a place in a tenant, work there, and leave it. */
export function peopleOperations({ declared, post, hashing }: PeopleDependencies) {
  return [
    ...invitationOperations(post),
    ...invitedOperations,
    ...placeEndings,
    ...ownOperations(declared),
    ...pinOperations(declared, hashing),
  ] as const
}

function invitationOperations(post: Post) {
  return [
    command({
      name: 'tenants.add-employee',
      route: 'POST /v1/employees',
      summary: 'Invite somebody by e-mail to a place in the tenant.',
      severity: 'notice',
      permission: permissions.manageEmployees,
      reach: 'branch',
      input: people.addEmployeeInput,
      output: employee,
      refusals: [
        contract.alreadyInvited,
        ...placing,
        contract.grantsTooMuch,
        contract.tooManyInvitations,
        unknownCurrency,
        platformRefusals.alreadyExists,
      ],
      handle: (context, input) => inviteEmployee(context, post, input),
    }),
    command({
      name: 'tenants.resend-invitation',
      route: 'POST /v1/employees/:id/invitation',
      summary: 'Send a new invitation; the link of the earlier one stops working.',
      severity: 'notice',
      permission: permissions.manageEmployees,
      reach: 'branch',
      input: contract.byId,
      output: employee,
      refusals: [contract.notInvited, contract.grantsTooMuch, contract.tooManyInvitations],
      handle: (context, input) => resendInvitation(context, post, input),
    }),
    command({
      name: 'tenants.cancel-invitation',
      route: 'DELETE /v1/employees/:id/invitation',
      summary: 'Take an invitation back, and the place with it.',
      severity: 'notice',
      permission: permissions.manageEmployees,
      reach: 'branch',
      input: contract.byId,
      output: employee,
      refusals: [contract.notInvited, contract.grantsTooMuch],
      handle: cancelInvitation,
    }),
  ] as const
}

const invitedOperations = [
  personQuery({
    name: 'tenants.look-at-invitation',
    route: 'POST /v1/invitations/look',
    summary: 'Which tenant an invitation is to, and who invites.',
    input: people.invitationInput,
    output: people.invitation,
    refusals: [contract.invitationInvalid],
    handle: lookAtInvitation,
  }),
  personCommand({
    name: 'tenants.accept-invitation',
    route: 'POST /v1/invitations/acceptance',
    summary: 'Take up the place that an invitation is to.',
    severity: 'notice',
    input: people.invitationInput,
    output: employee,
    refusals: [contract.invitationInvalid, contract.employeeExists],
    handle: acceptInvitation,
  }),
] as const

const placeEndings = [
  command({
    name: 'tenants.remove-employee',
    route: 'DELETE /v1/employees/:id',
    summary: 'End the place of an employee; they may be invited again.',
    severity: 'notice',
    permission: permissions.manageEmployees,
    reach: 'branch',
    input: people.endEmployeeInput,
    output: employee,
    refusals: [contract.grantsTooMuch, contract.lastOwner],
    handle: removeEmployee,
  }),
  command({
    name: 'tenants.leave-tenant',
    route: 'POST /v1/tenant/departure',
    summary: 'End your own place in the tenant you work in.',
    severity: 'notice',
    permission: null,
    reach: 'any',
    input: z.strictObject({}),
    output: employee,
    refusals: [contract.lastOwner],
    handle: leaveTenant,
  }),
] as const

function ownOperations(declared: Declared) {
  return [
    personCommand({
      name: 'tenants.switch-tenant',
      route: 'POST /v1/session/tenant',
      summary: 'Work in another of your tenants, in this session, from the next request on.',
      input: people.switchTenantInput,
      output: contract.workplace,
      refusals: [platformRefusals.tenantNotFound],
      handle: (context, input) => switchTenant(context, declared, input),
    }),
    command({
      name: 'tenants.update-my-preferences',
      route: 'PATCH /v1/me/preferences',
      summary: 'Change what you prefer for your own work in the tenant.',
      permission: null,
      reach: 'branch',
      input: people.updatePreferencesInput,
      output: employee,
      refusals: [contract.entityNotFound, unknownCurrency],
      handle: changePreferences,
    }),
  ] as const
}

function pinOperations({ knownPermissions }: Declared, hashing: Hashing) {
  return [
    command({
      name: 'tenants.set-till-pin',
      route: 'PUT /v1/me/till-pin',
      summary: 'Set your own PIN for shared tills.',
      severity: 'notice',
      permission: null,
      reach: 'any',
      input: people.setTillPinInput,
      output: z.null(),
      refusals: [contract.trivialPin],
      handle: (context, input) => setTillPin(context, hashing, input),
    }),
    command({
      name: 'tenants.clear-my-till-pin',
      route: 'DELETE /v1/me/till-pin',
      summary: 'Clear your own PIN.',
      severity: 'notice',
      permission: null,
      reach: 'any',
      input: z.strictObject({}),
      output: z.null(),
      handle: clearOwnTillPin,
    }),
    command({
      name: 'tenants.clear-till-pin',
      route: 'DELETE /v1/employees/:id/till-pin',
      summary: 'Clear the PIN of an employee, locked or not; they set a new one.',
      severity: 'notice',
      permission: permissions.manageEmployees,
      reach: 'branch',
      input: contract.byId,
      output: z.null(),
      refusals: [contract.grantsTooMuch],
      handle: removeTillPin,
    }),
    outsideCommand({
      name: 'tenants.check-till-pin',
      route: 'POST /v1/till-pin-checks',
      summary: 'Who approves with a PIN at a shared till of a branch, and what they may do.',
      scope: 'tenant',
      permission: null,
      reach: 'branch',
      forCashiers: true,
      input: people.checkTillPinInput,
      output: people.approver,
      refusals: [contract.branchNotFound, contract.employeeNotFound, contract.wrongTillPin, contract.tillPinLocked],
      handle: (context, input) => checkTillPin(context, { hashing, known: knownPermissions() }, input),
    }),
  ] as const
}
