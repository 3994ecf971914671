import { expect, test } from 'vitest'
import { type PlacedPolicy, type PolicyValues, policyFields, resolvePolicy } from './resolve-policy.ts'

const nothing = Object.fromEntries(policyFields.map((field) => [field, null])) as unknown as PolicyValues
const at = { branch_id: 'b', variant_id: 'v' }
const policy = (id: string, branch_id: string | null, variant_id: string | null, values: Partial<PolicyValues>) => ({
  ...nothing,
  id,
  branch_id,
  variant_id,
  ...values,
})
const tenant = policy('tenant', null, null, { service_level: '90', minimum_stock: '1', lead_time_days: '5' })
const branch = policy('branch', 'b', null, { service_level: '95', minimum_stock: '2' })
const variant = policy('variant', null, 'v', { service_level: '98', reorder_point: '7' })
const both = policy('both', 'b', 'v', { service_level: '99' })
const elsewhere = policy('elsewhere', 'c', 'v', { service_level: '50', maximum_stock: '1' })
const other = policy('other', 'b', 'w', { service_level: '51', maximum_stock: '2' })

test.each<[what: string, policies: PlacedPolicy[], values: Partial<PolicyValues>, ids: string[]]>([
  ['nothing', [], { service_level: null }, []],
  ['the tenant', [tenant], { service_level: '90', minimum_stock: '1' }, ['tenant']],
  [
    'the branch before the tenant',
    [tenant, branch],
    { service_level: '95', lead_time_days: '5' },
    ['branch', 'tenant'],
  ],
  [
    'the variant before the branch',
    [branch, variant],
    { service_level: '98', minimum_stock: '2' },
    ['variant', 'branch'],
  ],
  [
    'the variant in the branch before all',
    [tenant, branch, variant, both],
    { service_level: '99', reorder_point: '7', minimum_stock: '2', lead_time_days: '5', maximum_stock: null },
    ['both', 'variant', 'branch', 'tenant'],
  ],
  ['none of other places', [elsewhere, other, tenant], { service_level: '90', maximum_stock: null }, ['tenant']],
  ['none that adds nothing', [both, policy('silent', null, null, { service_level: '60' })], {}, ['both']],
])('what counts is %s', (_, policies, values, policy_ids) => {
  expect(resolvePolicy(policies, at)).toMatchObject({ ...values, policy_ids })
  expect(resolvePolicy(policies.toReversed(), at)).toEqual(resolvePolicy(policies, at))
})
