import { afterAll, beforeAll, expect, test } from 'vitest'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell } from '../../tests/harness/till.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

test('x', async () => {
  const till = await openTill(owner, { float: '100' })
  const variant_id = await makeGoods(owner)
  await sell(owner, till, [{ variant_id, quantity: '2' }])
  const made = await owner.client.call('integrity.create-certificate', {})
  console.log(JSON.stringify(made, null, 1))
  console.log(JSON.stringify(await owner.client.call('integrity.list-differences', { id: made.id }), null, 1))
  console.log(
    JSON.stringify(await owner.client.call('integrity.download-certificate', { id: made.id }), null, 1).length,
  )
})
