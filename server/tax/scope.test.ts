import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
let local: TestClient
let elsewhere: string
let class_id: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const branch = { entity_id: owner.entityId, code: 'OTHER', name: 'Other', time_zone: 'Europe/Paris' }
  elsewhere = (await owner.client.call('tenants.create-branch', branch)).id
  class_id = (await owner.client.call('tax.list-classes', {})).items.find(({ code }) => code === 'standard')?.id ?? ''
  const role = await owner.client.call('tenants.create-role', {
    name: 'taxes',
    permissions: ['tax.view-rates', 'tax.manage-rates', 'tax.calculate'],
  })
  const person = await signUpPerson(server)
  await hire(server, owner, person, [role.id], { entity_ids: [], region_ids: [], branch_ids: [owner.branchId] })
  local = clientIn(server, person, owner.tenantId)
})
afterAll(() => server.close())

const lines = () => [{ quantity: '1', unit_price: '120', class_id }]
const problem = (status: number, code: string) => ({ problem: { status, code } })

test('who is confined to a branch calculates and reads there, and finds no other branch', async () => {
  expect(await local.call('tax.calculate', { branch_id: owner.branchId, lines: lines() })).toMatchObject({
    tax: '20.00',
  })
  await expect(local.call('tax.calculate', { branch_id: elsewhere, lines: lines() })).rejects.toMatchObject(
    problem(422, 'tax_branch_not_found'),
  )
  expect(await local.call('tax.get-branch-jurisdictions', { id: owner.branchId })).toMatchObject({ codes: ['FR'] })
  await expect(local.call('tax.get-branch-jurisdictions', { id: elsewhere })).rejects.toMatchObject(
    problem(404, 'not_found'),
  )
  const move = { id: elsewhere, version: 1, codes: ['GP'] }
  await expect(local.call('tax.set-branch-jurisdictions', move)).rejects.toMatchObject(problem(404, 'not_found'))
  expect(await owner.client.call('tax.get-branch-jurisdictions', { id: elsewhere })).toMatchObject({ codes: ['FR'] })
})

test('who is confined to a branch changes no rate of the whole tenant', async () => {
  const rate = { jurisdiction_code: 'FR', class_id, name: 'TVA', rate: '0', valid_from: '2026-01-01' }
  await expect(local.call('tax.create-rate', rate)).rejects.toMatchObject(problem(403, 'out_of_scope'))
  expect((await local.call('tax.list-classes', {})).items.length).toBeGreaterThan(4)
})

test('with the feature switched off there are no taxes, and switching it on brings them back as they were', async () => {
  const { version } = await owner.client.call('tenants.list-features', {})
  const off = await owner.client.call('tenants.set-features', { version, features: ['ledger'] })
  const calculate = () => owner.client.call('tax.calculate', { branch_id: owner.branchId, lines: lines() })
  await expect(calculate()).rejects.toMatchObject(problem(404, 'not_found'))
  await expect(owner.client.call('tax.list-classes', {})).rejects.toMatchObject(problem(404, 'not_found'))
  await owner.client.call('tenants.set-features', { version: off.version, features: ['ledger', 'tax'] })
  expect(await calculate()).toMatchObject({ tax: '20.00' })
})
