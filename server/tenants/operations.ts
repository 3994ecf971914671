import { z } from 'zod'
import { setTenant } from '../platform/database.ts'
import { batchCommand, command, personCommand, personQuery, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import * as contract from './contract.ts'
import { createBranches } from './create-branches.ts'
import { createTenant, nameOf } from './create-tenant.ts'
import { changeBranch, changeEntity, changeTenant, createEntity, type EntityMade } from './places.ts'
import { findBranch, findEntity, findTenant, listBranches, listEntities, tenantsOfUser } from './queries.ts'

const { permissions } = contract
const afterId = z.tuple([z.uuid()])

interface People {
  find(userId: string): Promise<{ name: string } | undefined>
}

const entityQueries = [
  query({
    name: 'tenants.list-entities',
    route: 'GET /v1/entities',
    summary: 'Legal entities, in the order of their ids.',
    permission: permissions.viewTenant,
    reach: 'entity',
    input: contract.listInput,
    output: page(contract.entity),
    async handle(context, { limit, cursor }) {
      const [after] = readCursor(cursor, afterId) ?? []
      return toPage(await listEntities(context, limit, after), limit, (row) => [row.id])
    },
  }),
  query({
    name: 'tenants.get-entity',
    route: 'GET /v1/entities/:id',
    summary: 'One legal entity.',
    permission: permissions.viewTenant,
    reach: 'entity',
    input: contract.byId,
    output: contract.entity,
    handle: async (context, { id }) => (await findEntity(context, id)) ?? refuse(platformRefusals.notFound),
  }),
] as const

function entityCommands(entityMade: EntityMade) {
  return [
    command({
      name: 'tenants.create-entity',
      route: 'POST /v1/entities',
      summary: 'Make a legal entity.',
      permission: permissions.manageTenant,
      reach: 'tenant',
      input: contract.createEntityInput,
      output: contract.entity,
      refusals: [contract.unknownCurrency, platformRefusals.alreadyExists],
      handle: (context, input) => createEntity(context, entityMade, input),
    }),
    command({
      name: 'tenants.update-entity',
      route: 'PATCH /v1/entities/:id',
      summary: 'Change a legal entity.',
      permission: permissions.manageTenant,
      reach: 'entity',
      input: contract.updateEntityInput,
      output: contract.entity,
      handle: changeEntity,
    }),
  ] as const
}

const branchOperations = [
  query({
    name: 'tenants.list-branches',
    route: 'GET /v1/branches',
    summary: 'Branches, in the order of their ids.',
    permission: permissions.viewTenant,
    reach: 'branch',
    input: contract.listInput,
    output: page(contract.branch),
    async handle(context, { limit, cursor }) {
      const [after] = readCursor(cursor, afterId) ?? []
      return toPage(await listBranches(context, limit, after), limit, (row) => [row.id])
    },
  }),
  query({
    name: 'tenants.get-branch',
    route: 'GET /v1/branches/:id',
    summary: 'One branch.',
    permission: permissions.viewTenant,
    reach: 'branch',
    input: contract.byId,
    output: contract.branch,
    handle: async (context, { id }) => (await findBranch(context, id)) ?? refuse(platformRefusals.notFound),
  }),
  batchCommand({
    name: 'tenants.create-branch',
    route: 'POST /v1/branches',
    summary: 'Open a branch.',
    permission: permissions.manageBranches,
    reach: 'entity',
    input: contract.createBranchInput,
    output: contract.branch,
    refusals: [contract.branchCodeTaken, contract.entityNotFound, platformRefusals.alreadyExists],
    batch: createBranches,
  }),
  command({
    name: 'tenants.update-branch',
    route: 'PATCH /v1/branches/:id',
    summary: 'Change a branch.',
    permission: permissions.manageBranches,
    reach: 'branch',
    input: contract.updateBranchInput,
    output: contract.branch,
    handle: changeBranch,
  }),
] as const

/** Tenants, their legal entities and their branches. */
export function placeOperations(people: People, entityMade: EntityMade) {
  return [
    ...tenantOperations(people, entityMade),
    ...entityQueries,
    ...entityCommands(entityMade),
    ...branchOperations,
  ] as const
}

function tenantOperations(people: People, entityMade: EntityMade) {
  return [
    personCommand({
      name: 'tenants.create-tenant',
      route: 'POST /v1/tenants',
      summary: 'Make a tenant with its first legal entity and branch; you become its owner.',
      severity: 'notice',
      input: contract.createTenantInput,
      output: contract.createdTenant,
      refusals: [contract.unknownCurrency, platformRefusals.alreadyExists],
      handle: async (context, input) =>
        createTenant(context, { ownerName: await nameOf(people, context.caller.userId), entityMade }, input),
    }),
    personQuery({
      name: 'tenants.list-tenants',
      route: 'GET /v1/tenants',
      summary: 'The tenants in which you have a place.',
      input: z.strictObject({}),
      output: z.object({ items: z.array(contract.tenantSummary) }),
      async handle(context) {
        const items = []
        for (const tenantId of await tenantsOfUser(context, context.caller.userId)) {
          await setTenant(context.client, tenantId)
          const tenant = await findTenant({ ...context, tenantId })
          if (tenant) items.push(tenant)
        }
        return { items }
      },
    }),
    query({
      name: 'tenants.get-tenant',
      route: 'GET /v1/tenant',
      summary: 'The tenant you work in.',
      permission: permissions.viewTenant,
      reach: 'any',
      input: z.strictObject({}),
      output: contract.tenant,
      handle: async (context) => (await findTenant(context)) ?? refuse(platformRefusals.notFound),
    }),
    command({
      name: 'tenants.update-tenant',
      route: 'PATCH /v1/tenant',
      summary: 'Change the tenant you work in.',
      permission: permissions.manageTenant,
      reach: 'tenant',
      input: contract.updateTenantInput,
      output: contract.tenant,
      handle: changeTenant,
    }),
  ] as const
}
