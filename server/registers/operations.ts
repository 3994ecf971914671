import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { branchNotFound, readBranch } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { registerHasDevice } from './device-contract.ts'
import { listRegisters } from './queries.ts'
import { asRegister, changeRegister, createRegister, type RegisterUse, readRegister } from './registers.ts'

const { permissions } = contract

const reads = [
  query({
    name: 'registers.list-registers',
    route: 'GET /v1/registers',
    summary: 'Registers by code.',
    permission: permissions.viewRegisters,
    reach: 'branch',
    input: contract.listRegistersInput,
    output: page(contract.register),
    refusals: [branchNotFound],
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([z.string().regex(/^[A-Z0-9]{1,8}$/)])) ?? []
      if (filter.branch_id !== undefined) await readBranch(context, filter.branch_id)
      const rows = await listRegisters(context, filter, after)
      return toPage(rows.map(asRegister), filter.limit, (row) => [row.code])
    },
  }),
  query({
    name: 'registers.get-register',
    route: 'GET /v1/registers/:id',
    summary: 'One register, and its last receipt.',
    permission: permissions.viewRegisters,
    reach: 'branch',
    input: contract.byId,
    output: contract.register,
    handle: async (context, { id }) => asRegister(await readRegister(context, id)),
  }),
] as const

/** Registers: the tills of branches. */
export function registerOperations(use: RegisterUse) {
  return [
    ...reads,
    command({
      name: 'registers.create-register',
      route: 'POST /v1/registers',
      summary: 'Make a register of a branch.',
      permission: permissions.manageRegisters,
      reach: 'branch',
      input: contract.createRegisterInput,
      output: contract.register,
      refusals: [branchNotFound, contract.registerCodeTaken, platformRefusals.alreadyExists],
      handle: createRegister,
    }),
    command({
      name: 'registers.update-register',
      route: 'PATCH /v1/registers/:id',
      summary: 'Change the name of a register, or take it out of use. Its code and its branch stay.',
      permission: permissions.manageRegisters,
      reach: 'branch',
      input: contract.updateRegisterInput,
      output: contract.register,
      refusals: [contract.registerInUse, registerHasDevice],
      handle: (context, input) => changeRegister(context, use, input),
    }),
  ] as const
}
