import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { until } from '../../tests/harness/until.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer({ env: { BODY_TIMEOUT_MS: '2000' } })
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const folder = () => join(server.dataDir, 'imports', owner.tenantId)
const kept = () => readdir(folder()).catch(() => [] as string[])
/** How much of uploads that are under way is on the disk. */
const arrived = async () => {
  const sizes = (await kept()).filter((name) => name.endsWith('.part')).map((name) => stat(join(folder(), name)))
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0)
}
const notedFiles = () =>
  withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query('SELECT FROM imports.file WHERE tenant_id = $1', [owner.tenantId])
    return rows.length
  })

/** Sends the head of a request, and gives how to send its body and read the answer. */
function begin(path: string, type: string, length: number) {
  const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1')
  let got = ''
  socket.on('data', (chunk) => {
    got += chunk
  })
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  const head = [`POST ${path} HTTP/1.1`, 'Host: localhost', `Cookie: ${owner.cookie}`]
  head.push(`Comptoir-Tenant: ${owner.tenantId}`, `Content-Type: ${type}`, `Content-Length: ${length}`)
  socket.write(`${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  return {
    socket,
    write: (text: string) => socket.write(text),
    isCut: () => socket.closed,
    async answer() {
      await closed
      return { status: got.split(' ')[1], code: /"code":"(\w+)"/.exec(got)?.[1], body: got.split('\r\n\r\n')[1] }
    },
  }
}

const beginUpload = (length: number) => begin('/v1/import-files', 'text/csv', length)

test('a file that comes slowly is taken, long after another body would have been cut off', async () => {
  const line = 'SLOW,Slow\n'
  const other = begin('/v1/parties', 'application/json', 100)
  other.write('{')
  const upload = beginUpload(10_000 * line.length)
  let lines = 0
  await until('a body that does not come was cut off', () => {
    upload.write(line)
    lines += 1
    return other.isCut()
  })
  expect(await other.answer()).toMatchObject({ status: '408' })
  expect(upload.isCut()).toBe(false)
  upload.write(line.repeat(10_000 - lines))
  const { status, body } = await upload.answer()
  expect({ status, kept: JSON.parse(body ?? '') }).toMatchObject({
    status: '201',
    kept: { bytes: 10_000 * line.length },
  })
})

test('a file of which nothing comes any more is cut off, and nothing of it is kept', async () => {
  const before = await kept()
  const upload = beginUpload(1_000_000)
  upload.write('x'.repeat(500_000))
  expect(await upload.answer()).toMatchObject({ status: '408' })
  await until('what was written is gone', async () => (await kept()).length === before.length)
  expect(await kept()).toEqual(before)
})

test('whoever disconnects half way leaves neither a file nor a row, and the same file can be sent again', async () => {
  const [before, rows] = [await kept(), await notedFiles()]
  const text = `SKU,Name\n${'HALF-1,Half\n'.repeat(50_000)}`
  const upload = beginUpload(text.length)
  upload.write(text.slice(0, text.length / 2))
  await until('half of it is on the disk', async () => (await arrived()) > 0)
  upload.socket.resetAndDestroy()
  await until('what was written is gone', async () => (await kept()).length === before.length)
  expect(await kept()).toEqual(before)
  expect(await notedFiles()).toBe(rows)
  const again = beginUpload(text.length)
  again.write(text)
  expect(await again.answer()).toMatchObject({ status: '201' })
})

test('a file that is sent again stays the one that it was, for whoever reads it', async () => {
  const text = 'SKU,Name\nTWICE-1,Twice\n'
  const send = async () => {
    const upload = beginUpload(text.length)
    upload.write(text)
    const { sha256 } = JSON.parse((await upload.answer()).body ?? '')
    const { ino, mtimeNs } = await stat(join(folder(), sha256), { bigint: true })
    return { ino, mtimeNs, files: await kept() }
  }
  const first = await send()
  expect(await send()).toEqual(first)
})

test.each([
  ['more than a gigabyte, as it says itself', 2 * 1024 ** 3, 413, 'import_file_too_large'],
  ['nothing', 0, 400, 'import_file_incomplete'],
])('a file of %s is refused before it is read', async (_, length, status, code) => {
  const before = await kept()
  expect(await beginUpload(length).answer()).toMatchObject({ status: String(status), code })
  expect(await kept()).toEqual(before)
})
