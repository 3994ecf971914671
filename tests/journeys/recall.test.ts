import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct } from '../harness/catalog.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../harness/server.ts'
import { documentOf, post } from '../harness/stock.ts'

let server: TestServer
let owner: TestOwner
/** The branches: goods come to the north, go on to the south and the west, and are sold in the south and the west. */
let [north, south, west, empty] = ['', '', '', '']
let [supplier, amina, karim] = ['', '', '']
let variant_id: string
/** The lot that is recalled, and one of the same goods that is not. */
let [lot, other] = ['', '']
const transfers: { id: string; number: string }[] = []
const sales: { id: string; number: string }[] = []
let recall: { id: string; version: number; number: string }

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  north = owner.branchId
  south = await openBranch('SOUTH')
  west = await openBranch('WEST')
  empty = await openBranch('EMPTY')
  supplier = await party('Atlas Pharma', ['supplier'])
  amina = await party('Amina Berrada', ['customer'])
  karim = await party('Karim Alaoui', ['customer'])
  variant_id = (await makeProduct(owner, { name: 'Sirop', is_expiry_tracked: true })).variant.id
}, 60_000)
afterAll(() => server?.close())

describe('a batch is recalled across three branches:', () => {
  test('it is received at one, together with another one', async () => {
    lot = await receive('LOT-66', '40')
    other = await receive('LOT-67', '10')
  })

  test('it is sent on to two others, and arrives', async () => {
    await transfer(south, '15')
    await transfer(west, '10')
  })

  test('it is sold to customers at two of them, and one brings some back', async () => {
    await sell(south, '4', amina)
    await sell(south, '1', null)
    await sell(west, '3', karim)
    await sell(west, '2', amina)
    const back = { kind: 'return', quantity: '1', of: null } as const
    const line = { branch_id: west, variant_id, batch_id: lot, change: back }
    await post(server, owner, documentOf('return', [line], { document_type: 'refund', party_id: amina }))
    await owner.client.call('inventory.write-off-stock', {
      branch_id: north,
      reason: 'damaged',
      lines: [{ variant_id, batch_id: lot, quantity: '2' }],
    })
  })

  test('the recall by the number of the lot blocks what is left everywhere', async () => {
    recall = await owner.client.call('recalls.open-recall', {
      severity: 'class_1',
      reason: 'Wrong strength on the label',
      authority_reference: 'DMP 2026/114',
      supplier_id: supplier,
      lot_numbers: ['LOT-66'],
    })
    expect(recall).toMatchObject({
      number: 'RC-000001',
      state: 'open',
      batches: [{ batch_id: lot, product_name: 'Sirop', is_blocked: true }],
    })
    for (const branch of [north, south, west])
      await expect(sell(branch, '1', karim)).rejects.toMatchObject({ kind: { code: 'batch_blocked' } })
    const { items } = await owner.client.call('inventory.list-batches', { variant_id, is_blocked: true })
    expect(items.map(({ id }) => id)).toEqual([lot])
  })

  test('its trace says what every branch received, sold, sent on and still has', async () => {
    const trace = await owner.client.call('recalls.trace', { recall_id: recall.id })
    const none = { received: '0', produced: '0', sold: '0', returned: '0', returned_to_suppliers: '0', reserved: '0' }
    const zero = { ...none, written_off: '0', adjusted: '0', dispatched: '0', arrived: '0' }
    const nothingOnTheWay = { in_transit: '0', lost_in_transit: '0' }
    const at = (branch_id: string, more: object) => ({ ...zero, branch_id, batch_id: lot, ...more })
    expect(new Set(trace.branches)).toEqual(
      new Set([
        at(north, { received: '40', dispatched: '25', written_off: '2', on_hand: '13' }),
        at(south, { arrived: '15', sold: '5', on_hand: '10' }),
        at(west, { arrived: '10', sold: '5', returned: '1', on_hand: '6' }),
      ]),
    )
    expect(trace.total).toEqual({
      ...zero,
      received: '40',
      dispatched: '25',
      arrived: '25',
      sold: '10',
      returned: '1',
      written_off: '2',
      on_hand: '29',
      ...nothingOnTheWay,
    })
    const way = { document_type: 'transfer', batch_id: lot, from_branch_id: north, taken_back: '0', ...nothingOnTheWay }
    expect(trace.transfers).toEqual([
      {
        ...way,
        document_id: transfers[1]?.id,
        document_number: transfers[1]?.number,
        to_branch_id: west,
        dispatched: '10',
        arrived: '10',
      },
      {
        ...way,
        document_id: transfers[0]?.id,
        document_number: transfers[0]?.number,
        to_branch_id: south,
        dispatched: '15',
        arrived: '15',
      },
    ])
  })

  test('it names everybody it came from and went to', async () => {
    const { items } = await owner.client.call('recalls.list-parties', { recall_id: recall.id })
    const by = new Map(items.map((one) => [one.party_id, one]))
    expect(items).toHaveLength(3)
    expect(by.get(supplier)).toMatchObject({ name: 'Atlas Pharma', received: '40', sold: '0', documents: 1 })
    expect(by.get(amina)).toMatchObject({ name: 'Amina Berrada', sold: '6', returned: '1', documents: 3 })
    expect(by.get(karim)).toMatchObject({ name: 'Karim Alaoui', email: 'karim@example.org', sold: '3', documents: 1 })
    const back = await owner.client.call('recalls.list-parties', { recall_id: recall.id, direction: 'backwards' })
    expect(new Set(back.items.map(({ party_id }) => party_id))).toEqual(new Set([supplier, amina]))
  })

  test('and every document, page by page, in the order in which they were', async () => {
    const all = await documents({})
    expect(all.map(({ kind, branch_id, quantity, party_id }) => [kind, branch_id, quantity, party_id])).toEqual([
      ['receipt', north, '40', supplier],
      ['dispatch', north, '-15', null],
      ['arrival', south, '15', null],
      ['dispatch', north, '-10', null],
      ['arrival', west, '10', null],
      ['sale', south, '-4', amina],
      ['sale', south, '-1', null],
      ['sale', west, '-3', karim],
      ['sale', west, '-2', amina],
      ['return', west, '1', amina],
      ['write_off', north, '-2', null],
    ])
    expect(all.filter(({ kind }) => kind === 'sale').map((one) => [one.document_id, one.document_number])).toEqual(
      sales.map(({ id, number }) => [id, number]),
    )
    expect(await documents({ limit: 2 })).toEqual(all)
    expect(await documents({ branch_id: south })).toEqual(all.filter((one) => one.branch_id === south))
    expect(await documents({ party_id: amina, direction: 'forwards' })).toHaveLength(2)
  })

  test('the same goes out as a file', async () => {
    const file = await owner.client.call('recalls.export-documents', { recall_id: recall.id })
    expect(file).toMatchObject({
      file_name: 'RC-000001.csv',
      content_type: 'text/csv; charset=utf-8',
      next_cursor: null,
    })
    const rows: Record<string, string>[] = parse(Buffer.from(file.content_base64, 'base64'), {
      bom: true,
      columns: true,
    })
    expect(rows).toHaveLength(11)
    expect(rows[7]).toMatchObject({
      batch: 'LOT-66',
      kind: 'sale',
      branch: 'WEST',
      party: 'Karim Alaoui',
      quantity: '-3',
    })
  })

  test('who works in the south sees the part of the south, and no name without the right to names', async () => {
    const manager = await hireAt([south], ['recalls.trace-batches'])
    const trace = await manager.call('recalls.trace', { recall_id: recall.id })
    expect(trace.branches.map(({ branch_id }) => branch_id)).toEqual([south])
    expect(trace.transfers).toMatchObject([
      { from_branch_id: null, to_branch_id: south, dispatched: '15', arrived: '15' },
    ])
    expect(trace.total).toMatchObject({ sold: '5', on_hand: '10', received: '0' })
    const parties = await manager.call('recalls.list-parties', { recall_id: recall.id })
    expect(parties.items).toMatchObject([{ party_id: amina, name: null, email: null, sold: '4' }])
    const stranger = await hireAt([empty], ['recalls.trace-batches'])
    await expect(stranger.call('recalls.trace', { recall_id: recall.id })).rejects.toMatchObject(
      problem('recall_not_found'),
    )
    await expect(stranger.call('recalls.trace', { batch_id: lot })).rejects.toMatchObject(
      problem('recall_batch_not_found'),
    )
  })

  test('no name stands in the audit chain', async () => {
    const { items } = await owner.client.call('audit.list-entries', { limit: 200 })
    expect(items.length).toBeGreaterThan(10)
    const told = JSON.stringify(items.filter(({ event }) => !event.startsWith('parties.')))
    for (const name of ['Atlas Pharma', 'Amina', 'Karim']) expect(told).not.toContain(name)
  })

  test('it is closed, what was not recalled was sold all along, and what was is sold again', async () => {
    await post(server, owner, documentOf('sale', [{ ...issueOf(other), branch_id: north }]))
    const { id, version } = recall
    await owner.client.call('recalls.close-recall', {
      id,
      version,
      outcome: 'released',
      result: 'Labels were replaced',
    })
    await sell(west, '1', karim)
    expect((await owner.client.call('recalls.trace', { recall_id: id })).total).toMatchObject({
      sold: '11',
      on_hand: '28',
    })
  })
})

const problem = (code: string) => ({ problem: { code } })

async function openBranch(code: string): Promise<string> {
  const branch = { entity_id: owner.entityId, code, name: code, time_zone: 'Africa/Casablanca' }
  return (await owner.client.call('tenants.create-branch', branch)).id
}

async function party(name: string, roles: ('supplier' | 'customer')[]): Promise<string> {
  const email = `${name.split(' ')[0]?.toLowerCase()}@example.org`
  return (await owner.client.call('parties.create-party', { kind: 'person', name, email, roles })).id
}

async function receive(batch_number: string, quantity: string): Promise<string> {
  const line = { variant_id, quantity, unit_cost: '3.2', batch_number, expires_on: '2198-01-31' }
  const receipt = { branch_id: north, supplier_id: supplier, document_number: `DN-${batch_number}`, lines: [line] }
  return (await owner.client.call('inventory.receive-stock', receipt)).movements[0]?.batch_id ?? ''
}

/** Sends so many of the lot from the north, and all of it arrives. */
async function transfer(to_branch_id: string, quantity: string): Promise<void> {
  const lines = [{ variant_id, batch_id: lot, quantity }]
  const planned = await owner.client.call('transfers.create-transfer', { from_branch_id: north, to_branch_id, lines })
  const { id, version } = planned
  const sent = await owner.client.call('transfers.dispatch-transfer', { id, version })
  const parts = sent.lines
    .flatMap((line) => line.parts)
    .map((part) => ({ part_id: part.id, quantity: part.sent_quantity }))
  await owner.client.call('transfers.receive-transfer', { id, version: sent.version, lines: parts })
  transfers.push({ id, number: planned.number })
}

function issueOf(batch_id: string, quantity = '1') {
  return { variant_id, batch_id, change: { kind: 'issue', quantity, against: 'cost_of_sales' } } as const
}

/** Sells of the lot, as the till will. */
async function sell(branch_id: string, quantity: string, party_id: string | null): Promise<void> {
  const number = `S-${sales.length + 1}`
  const head = { document_type: 'sale', document_number: number, party_id }
  const document = documentOf('sale', [{ ...issueOf(lot, quantity), branch_id }], head)
  await post(server, owner, document)
  sales.push({ id: document.document_id, number })
}

async function documents(filter: object) {
  const found: Awaited<ReturnType<typeof page>>['items'][number][] = []
  const page = (more: object) =>
    owner.client.call('recalls.list-documents', { recall_id: recall.id, ...filter, ...more })
  let cursor: string | null = ''
  while (cursor !== null) {
    const answer: Awaited<ReturnType<typeof page>> = await page(cursor === '' ? {} : { cursor })
    found.push(...answer.items)
    cursor = answer.next_cursor
  }
  return found
}

async function hireAt(branch_ids: string[], permissions: string[]): Promise<TestClient> {
  const person = await signUpPerson(server)
  const role = await owner.client.call('tenants.create-role', { name: `Tracer ${branch_ids}`, permissions })
  await hire(server, owner, person, [role.id], { branch_ids })
  return clientIn(server, person, owner.tenantId)
}
