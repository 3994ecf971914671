import { query } from '../platform/operation.ts'
import { branchNotFound } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { readDay } from './read-day.ts'

/** What the first page of a shop shows. */
export const overviewOperations = [
  query({
    name: 'overview.get-day',
    route: 'GET /v1/overview',
    summary: 'How a branch, or all that the caller works with, stand today. What the caller may not see is null.',
    permission: null,
    extraPermissions: [...Object.values(contract.parts), contract.viewValues],
    reach: 'branch',
    input: contract.getDayInput,
    output: contract.day,
    refusals: [branchNotFound],
    handle: readDay,
  }),
] as const
