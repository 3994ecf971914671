import { z } from 'zod'
import { setTenant } from '../platform/database.ts'
import { batchCommand, command, personCommand, personQuery, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { unknownCountry, unknownCurrency } from '../reference/index.ts'
import { findRegion, listBranches, listRegions } from './branch-queries.ts'
import * as contract from './contract.ts'
import { createBranches } from './create-branches.ts'
import { createTenant, type TenantDependencies } from './create-tenant.ts'
import { findPlaceOf } from './people-queries.ts'
import {
  changeBranch,
  changeEntity,
  changeRegion,
  changeTenant,
  createEntity,
  createRegion,
  type EntityMade,
  readBranch,
} from './places.ts'
import { findSeenEntity, findTenant, listEntities, tenantsOfUser } from './queries.ts'
import { type Declared, getWorkplace, listFeatures, setFeatures } from './workplace.ts'

const { permissions } = contract
const afterId = z.tuple([z.uuid()])

interface PlaceDependencies extends TenantDependencies {
  readonly declared: Declared
}

const entityQueries = [
  query({
    name: 'tenants.list-entities',
    route: 'GET /v1/entities',
    summary: 'Legal entities, in the order of their ids.',
    permission: permissions.viewTenant,
    reach: 'branch',
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
    reach: 'branch',
    input: contract.byId,
    output: contract.entity,
    handle: async (context, { id }) => (await findSeenEntity(context, id)) ?? refuse(platformRefusals.notFound),
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
      refusals: [unknownCountry, unknownCurrency, platformRefusals.alreadyExists],
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
    handle: (context, { id }) => readBranch(context, id, platformRefusals.notFound),
  }),
  batchCommand({
    name: 'tenants.create-branch',
    route: 'POST /v1/branches',
    summary: 'Open a branch.',
    permission: permissions.manageBranches,
    reach: 'entity',
    input: contract.createBranchInput,
    output: contract.branch,
    refusals: [
      contract.branchCodeTaken,
      contract.entityNotFound,
      contract.entityInactive,
      contract.regionNotFound,
      platformRefusals.outOfScope,
      platformRefusals.alreadyExists,
    ],
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
    refusals: [contract.regionNotFound, platformRefusals.outOfScope],
    handle: changeBranch,
  }),
] as const

const regionOperations = [
  query({
    name: 'tenants.list-regions',
    route: 'GET /v1/regions',
    summary: 'Regions, in the order of their ids.',
    permission: permissions.viewTenant,
    reach: 'any',
    input: contract.listInput,
    output: page(contract.region),
    async handle(context, { limit, cursor }) {
      const [after] = readCursor(cursor, afterId) ?? []
      return toPage(await listRegions(context, limit, after), limit, (row) => [row.id])
    },
  }),
  query({
    name: 'tenants.get-region',
    route: 'GET /v1/regions/:id',
    summary: 'One region.',
    permission: permissions.viewTenant,
    reach: 'any',
    input: contract.byId,
    output: contract.region,
    handle: async (context, { id }) => (await findRegion(context, id)) ?? refuse(platformRefusals.notFound),
  }),
  command({
    name: 'tenants.create-region',
    route: 'POST /v1/regions',
    summary: 'Make a region, into which branches can be put.',
    permission: permissions.manageBranches,
    reach: 'tenant',
    input: contract.createRegionInput,
    output: contract.region,
    refusals: [contract.regionCodeTaken, platformRefusals.alreadyExists],
    handle: createRegion,
  }),
  command({
    name: 'tenants.update-region',
    route: 'PATCH /v1/regions/:id',
    summary: 'Change a region.',
    permission: permissions.manageBranches,
    reach: 'tenant',
    input: contract.updateRegionInput,
    output: contract.region,
    refusals: [contract.regionCodeTaken],
    handle: changeRegion,
  }),
] as const

/** Tenants, their legal entities, branches and regions, and what an employee finds at work. */
export function placeOperations(dependencies: PlaceDependencies) {
  const { entityMade, declared } = dependencies
  return [
    ...tenantOperations(dependencies),
    ...entityQueries,
    ...entityCommands(entityMade),
    ...branchOperations,
    ...regionOperations,
    ...workplaceOperations(declared),
  ] as const
}

function tenantOperations(dependencies: TenantDependencies) {
  return [
    personCommand({
      name: 'tenants.create-tenant',
      route: 'POST /v1/tenants',
      summary: 'Make a tenant with its first legal entity and branch; you become its owner.',
      severity: 'notice',
      input: contract.createTenantInput,
      output: contract.createdTenant,
      refusals: [unknownCountry, unknownCurrency, platformRefusals.alreadyExists, contract.tenantsClosed],
      handle: (context, input) => createTenant(context, dependencies, input),
    }),
    personQuery({
      name: 'tenants.list-tenants',
      route: 'GET /v1/tenants',
      summary: 'The tenants in which you have a place that is not suspended.',
      input: z.strictObject({}),
      output: z.object({ items: z.array(contract.tenantSummary) }),
      async handle(context) {
        const items = []
        for (const tenantId of await tenantsOfUser(context, context.caller.userId)) {
          await setTenant(context.client, tenantId)
          const place = await findPlaceOf({ ...context, tenantId }, context.caller.userId)
          const tenant = place?.status === 'active' && (await findTenant({ ...context, tenantId }))
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
      refusals: [contract.domainTaken, contract.roleNameTaken],
      handle: changeTenant,
    }),
  ] as const
}

function workplaceOperations(declared: Declared) {
  return [
    query({
      name: 'tenants.get-workplace',
      route: 'GET /v1/workplace',
      summary: 'Where you work, in which roles and part of the tenant, and which operations you may use.',
      permission: null,
      reach: 'any',
      forCashiers: true,
      input: z.strictObject({}),
      output: contract.workplace,
      handle: (context) => getWorkplace(context, declared),
    }),
    query({
      name: 'tenants.list-features',
      route: 'GET /v1/tenant/features',
      summary: 'The features that can be switched on and off, and which are on.',
      permission: permissions.viewTenant,
      reach: 'any',
      input: z.strictObject({}),
      output: contract.featureList,
      handle: listFeatures,
    }),
    command({
      name: 'tenants.set-features',
      route: 'PUT /v1/tenant/features',
      summary: 'Switch features on and off: those given are on, what belongs to the others is as if it did not exist.',
      severity: 'notice',
      permission: permissions.manageTenant,
      reach: 'tenant',
      input: contract.setFeaturesInput,
      output: contract.featureList,
      handle: setFeatures,
    }),
  ] as const
}
