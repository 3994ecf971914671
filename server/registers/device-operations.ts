import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { branchNotFound, readBranch } from '../tenants/index.ts'
import { registerInactive, registerNotFound } from './contract.ts'
import * as contract from './device-contract.ts'
import { listDeviceSteps, listDevices } from './device-queries.ts'
import {
  asDevice,
  bindDevice,
  type DeviceUse,
  enrollDevice,
  readDevice,
  revokeDevice,
  unbindDevice,
} from './devices.ts'

const { devicePermissions: permissions } = contract

const reads = [
  query({
    name: 'registers.list-devices',
    route: 'GET /v1/devices',
    summary: 'Devices by name.',
    permission: permissions.viewDevices,
    reach: 'branch',
    input: contract.listDevicesInput,
    output: page(contract.device),
    refusals: [branchNotFound],
    async handle(context, { cursor, ...filter }) {
      const after = readCursor(cursor, z.tuple([z.string().max(100), z.uuid()]))
      if (filter.branch_id !== undefined) await readBranch(context, filter.branch_id)
      const rows = await listDevices(context, filter, after)
      return toPage(rows.map(asDevice), filter.limit, (row) => [row.name, row.id])
    },
  }),
  query({
    name: 'registers.get-device',
    route: 'GET /v1/devices/:id',
    summary: 'One device: its register, and the number and hash that its next receipt goes on from.',
    permission: permissions.viewDevices,
    reach: 'branch',
    input: contract.deviceById,
    output: contract.device,
    handle: async (context, { id }) => asDevice(await readDevice(context, id)),
  }),
  query({
    name: 'registers.list-device-steps',
    route: 'GET /v1/devices/:id/steps',
    summary: 'What became of a device, newest first: which register it numbered from where to where.',
    permission: permissions.viewDevices,
    reach: 'branch',
    input: contract.listDeviceStepsInput,
    output: page(contract.deviceStep),
    async handle(context, { id, limit, cursor }) {
      const [before] = readCursor(cursor, z.tuple([z.string().regex(/^\d{1,9}$/)])) ?? []
      await readDevice(context, id)
      const rows = (await listDeviceSteps(context, { id, limit }, before)).map(({ head_hash, ...row }) => ({
        ...row,
        action: row.action as 'bind',
        head_hash: head_hash?.toString('hex') ?? null,
      }))
      return toPage(rows, limit, (row) => [String(row.number)])
    },
  }),
] as const

/** Devices: the tills that may sell while the server is out of reach. */
export function deviceOperations(use: DeviceUse) {
  return [...reads, ...enrolling, unbinding(use), revoking] as const
}

const enrolling = [
  command({
    name: 'registers.enroll-device',
    route: 'POST /v1/devices',
    summary: 'Enroll a device of a branch. Its credential is in the answer, once.',
    severity: 'notice',
    permission: permissions.enrollDevices,
    reach: 'branch',
    input: contract.enrollDeviceInput,
    output: contract.enrolledDevice,
    refusals: [branchNotFound, platformRefusals.alreadyExists],
    handle: enrollDevice,
  }),
  command({
    name: 'registers.bind-device',
    route: 'PUT /v1/devices/:id/register',
    summary: 'Bind a device to a register, whose receipts it numbers from then on.',
    severity: 'notice',
    permission: permissions.bindDevices,
    reach: 'branch',
    input: contract.bindDeviceInput,
    output: contract.device,
    refusals: [
      registerNotFound,
      registerInactive,
      contract.deviceRevoked,
      contract.deviceBound,
      contract.registerHasDevice,
      contract.registerElsewhere,
    ],
    handle: bindDevice,
  }),
] as const

function unbinding(use: DeviceUse) {
  return command({
    name: 'registers.unbind-device',
    route: 'DELETE /v1/devices/:id/register',
    summary:
      'Take a device off its register. Let it send first what it sealed: somebody else has to bring it afterwards.',
    severity: 'notice',
    permission: permissions.bindDevices,
    reach: 'branch',
    input: contract.unbindDeviceInput,
    output: contract.device,
    refusals: [contract.deviceUnbound, contract.deviceNotDone],
    handle: (context, input) => unbindDevice(context, use, input),
  })
}

const revoking = command({
  name: 'registers.revoke-device',
  route: 'POST /v1/devices/:id/revocation',
  summary: 'Revoke the credential of a device, and take it off its register.',
  severity: 'notice',
  permission: permissions.revokeDevices,
  reach: 'branch',
  input: contract.revokeDeviceInput,
  output: contract.device,
  handle: revokeDevice,
})
