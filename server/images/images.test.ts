import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { expectProblem, sendTo } from '../../tests/harness/http.ts'
import { jpegOf, pngOf } from '../../tests/harness/pictures.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const refused = (code: string) => ({ problem: { code } })
let shade = 0
const freshPicture = () => pngOf({ width: 2, height: ++shade })
const add = (product_id: string, more: object = {}, bytes = freshPicture()) =>
  owner.client.call('images.add-image', { product_id, content: bytes.toString('base64'), ...more })
const imagesOf = async (product_id: string) => (await owner.client.call('images.list-images', { product_id })).items
const folder = () => join(server.dataDir, 'images', owner.tenantId)
const kept = () => readdir(folder()).catch(() => [] as string[])
const read = (url: string, { cookie }: { cookie?: string } = owner, headers: Record<string, string> = {}) =>
  sendTo(server, { url, headers: { ...(cookie ? { cookie } : {}), ...headers } })
const run = (query: string) =>
  withClient(server.database.superuserUrl, (client) => client.query(query).then(({ rows }) => rows))
const purge = async () => {
  const job = server.product.jobs.find(({ name }) => name === 'images.purge-files')
  if (job) await server.product.runJob(job, {})
}

test('an image is read as it was sent, by those of its tenant, and may be kept for ever', async () => {
  const { id } = await makeProduct(owner)
  const bytes = pngOf({ width: 3, height: 7 })
  const alt_texts = [{ locale: 'fr-MA', text: 'Une boîte bleue' }]
  const made = await add(id, { alt_texts }, bytes)
  expect(made).toMatchObject({
    type: 'image/png',
    width: 3,
    height: 7,
    bytes: bytes.length,
    alt_texts,
    is_primary: true,
  })
  const answer = await read(made.path)
  expect(answer.rawPayload.equals(bytes)).toBe(true)
  expect(answer.headers).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, max-age=31536000, immutable',
    'content-security-policy': `default-src 'none'; sandbox`,
    etag: `"${made.sha256}"`,
  })
  const again = await read(made.path, owner, { 'if-none-match': `"${made.sha256}"` })
  expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0])

  const other = await signUpOwner(server)
  const noted = await run(`SELECT FROM audit.entry WHERE body LIKE '%${bytes.toString('base64').slice(0, 40)}%'`)
  expect(noted).toEqual([])
  expectProblem(await read(made.path, other), 404, 'tenant_not_found')
  expectProblem(await read(made.path.replace(owner.tenantId, other.tenantId), other), 404, 'not_found')
  expectProblem(await read(made.path, {}), 401, 'unauthenticated')
  expectProblem(await read(`${made.path}/../secrets.json`), 404, 'not_found')
  expectProblem(await read(made.path.replace(made.sha256, '..%2f..%2fserver.pid')), 404, 'not_found')
  await expect(other.client.call('images.get-image', { id: made.id })).rejects.toMatchObject(refused('not_found'))
})

test('who may not see images reads none', async () => {
  const { id } = await makeProduct(owner)
  const made = await add(id)
  const role = await owner.client.call('tenants.create-role', { name: 'Porter', permissions: ['tenants.view-tenant'] })
  const person = await signUpPerson(server)
  await hire(server, owner, person, [role.id])
  expectProblem(await read(made.path, person), 403, 'forbidden')
})

const wrong: [what: string, content: string | Buffer, code: string][] = [
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image_type_unknown'],
  ['a page that says it is a picture', Buffer.from('<script>alert(1)</script>.png'), 'image_type_unknown'],
  ['half a picture', freshPicture().subarray(0, 40), 'image_malformed'],
  ['one that unpacks to gigabytes', pngOf({ claimed: { width: 60_000, height: 60_000 } }), 'image_too_large'],
  ['too many bytes', randomBytes(5 * 1024 * 1024 + 3), 'invalid_input'],
  ['what is no base64', 'é'.repeat(8), 'invalid_input'],
  ['nothing', '', 'invalid_input'],
]

test.each(wrong)('%s is refused, and nothing is kept', async (_, content, code) => {
  const { id } = await makeProduct(owner)
  const before = await kept()
  const sent = { product_id: id, content: typeof content === 'string' ? content : content.toString('base64') }
  await expect(owner.client.call('images.add-image', sent)).rejects.toMatchObject(refused(code))
  expect(await kept()).toEqual(before)
  expect(await imagesOf(id)).toEqual([])
})

test('an image is of a product that there is, and of a variant of it', async () => {
  const [one, other] = [await makeProduct(owner), await makeProduct(owner)]
  await expect(add(randomUUID())).rejects.toMatchObject(refused('product_not_found'))
  await expect(add(one.id, { variant_id: other.variant.id })).rejects.toMatchObject(refused('variant_not_found'))
  await run(`INSERT INTO images.image (tenant_id, id, product_id, sha256, position, is_primary)
             SELECT i.tenant_id, gen_random_uuid(), '${one.id}', i.sha256, 1, false FROM images.image i, generate_series(1, 50)
             WHERE i.tenant_id = '${owner.tenantId}' AND i.is_primary ORDER BY i.created_at LIMIT 50`)
  await expect(add(one.id)).rejects.toMatchObject(refused('too_many_images'))
})

test('a large picture goes through, one that is beyond all bounds does not', async () => {
  const { id } = await makeProduct(owner)
  const large = Buffer.concat([jpegOf(), randomBytes(3 * 1024 * 1024)])
  const made = await add(id, {}, large)
  expect((await read(made.path)).rawPayload.equals(large)).toBe(true)
  const content = 'A'.repeat(9 * 1024 * 1024)
  await expect(owner.client.call('images.add-image', { product_id: id, content })).rejects.toMatchObject(
    refused('body_too_large'),
  )
})

test('products are looked up with the picture that shows them, their own before that of a variant', async () => {
  const [whole, ofVariant, none] = [await makeProduct(owner), await makeProduct(owner), await makeProduct(owner)]
  await add(whole.id, { variant_id: whole.variant.id })
  await add(whole.id)
  const own = await add(whole.id, { is_primary: true })
  const theirs = await add(ofVariant.id, { variant_id: ofVariant.variant.id })
  const look = async () => {
    const ids = [none.id, ofVariant.id, whole.id].join(',')
    const { items } = await owner.client.call('images.look-up-pictures', { ids })
    return new Map(items.map(({ id, sha256 }) => [id, sha256]))
  }
  expect(await look()).toEqual(
    new Map([
      [whole.id, own.sha256],
      [ofVariant.id, theirs.sha256],
    ]),
  )
  await owner.client.call('images.delete-image', { id: theirs.id, version: theirs.version })
  expect([...(await look()).keys()]).toEqual([whole.id])
})

test('one image is primary, of the product and of each variant, however many are added at once', async () => {
  const { client } = owner
  const { id, variant } = await makeProduct(owner)
  await Promise.all(Array.from({ length: 6 }, () => add(id, { is_primary: true })))
  const own = await add(id, { variant_id: variant.id })
  expect(own.is_primary).toBe(true)
  const primary = async () => (await imagesOf(id)).filter((one) => one.is_primary && one.variant_id === null)
  const others = async () => (await imagesOf(id)).filter((one) => !one.is_primary)
  expect(await primary()).toHaveLength(1)
  const [next] = await others()
  if (!next) throw new Error('there are others')
  const changed = { id: next.id, version: next.version, is_primary: true, position: 0 } as const
  await client.call('images.update-image', changed)
  const [first] = await primary()
  expect(first).toMatchObject({ id: next.id, position: 0 })
  await client.call('images.delete-image', { id: next.id, version: first?.version ?? 0 })
  expect(await primary()).toHaveLength(1)
  const stale = client.call('images.update-image', { ...changed, version: 1 })
  await expect(stale).rejects.toMatchObject(refused('not_found'))
  const positions = (await imagesOf(id)).map(({ position }) => position)
  expect(positions).toEqual(positions.toSorted((a, b) => a - b))
})

test('the same picture is kept once, and goes 30 days after the last image that uses it', async () => {
  const [one, other] = [await makeProduct(owner), await makeProduct(owner)]
  const bytes = freshPicture()
  const first = await add(one.id, {}, bytes)
  const second = await add(other.id, {}, bytes)
  expect(second.path).toBe(first.path)
  const age = (id: string, days: number) =>
    run(`UPDATE images.image SET deleted_at = deleted_at - interval '${days} days' WHERE id = '${id}'`)
  await run(`UPDATE images.file SET updated_at = now() - interval '40 days' WHERE sha256 = '${first.sha256}'`)
  await owner.client.call('images.delete-image', { id: first.id, version: 1 })
  await age(first.id, 31)
  await purge()
  expect((await read(second.path)).statusCode).toBe(200)
  await owner.client.call('images.delete-image', { id: second.id, version: 1 })
  await age(second.id, 29)
  await purge()
  expect((await read(second.path)).statusCode).toBe(200)
  await age(second.id, 2)
  await purge()
  expectProblem(await read(second.path), 404, 'not_found')
  expect(await kept()).not.toContain(first.sha256)
  const back = await add(one.id, {}, bytes)
  expect((await read(back.path)).rawPayload.equals(bytes)).toBe(true)
})

test('a crash between the file and its row leaves no image, and its file is removed after a day', async () => {
  const { id } = await makeProduct(owner)
  const taken = await add(id)
  const bytes = freshPicture()
  const before = await kept()
  // The last statement fails, when the file is on the disk: the id is an image's already.
  await expect(add(id, { id: taken.id, position: 9 }, bytes)).rejects.toMatchObject({
    problem: { code: expect.stringMatching(/^(already_exists|idempotency_key_reused)$/) },
  })
  await run(`UPDATE platform.idempotency_key SET id = gen_random_uuid() WHERE tenant_id = '${owner.tenantId}'`)
  await expect(add(id, { id: taken.id, position: 9 }, bytes)).rejects.toMatchObject(refused('already_exists'))
  expect(await imagesOf(id)).toEqual([taken])
  const orphans = (await kept()).filter((name) => !before.includes(name))
  expect(orphans).toHaveLength(1)
  await purge()
  expect(await kept()).toEqual(expect.arrayContaining(orphans))
  const yesterday = new Date(Date.now() - 2 * 86_400_000)
  for (const name of await kept()) await utimes(join(folder(), name), yesterday, yesterday)
  await purge()
  expect(await kept()).not.toEqual(expect.arrayContaining(orphans))
  expect((await read(taken.path)).statusCode).toBe(200)
})

test('an image whose file was lost is not found, and comes back with the file', async () => {
  const { id } = await makeProduct(owner)
  const bytes = freshPicture()
  const made = await add(id, {}, bytes)
  await rm(join(folder(), made.sha256))
  expectProblem(await read(made.path), 404, 'not_found')
  await add(id, {}, bytes)
  expect((await read(made.path)).statusCode).toBe(200)
})
