import { createHash } from 'node:crypto'
import type { TestOwner, TestPerson, TestServer } from './server.ts'
import { until } from './until.ts'

type Known = Pick<TestOwner, 'client' | 'cookie' | 'tenantId'>

/** Sends the body of a file as an upload; answers with the response. */
export function upload(
  { url }: Pick<TestServer, 'url'>,
  { cookie, tenantId }: Pick<TestPerson, 'cookie'> & { tenantId: string },
  body: string | Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const headers = { cookie, 'comptoir-tenant': tenantId, 'content-type': 'application/octet-stream' }
  return fetch(`${url}/v1/import-files`, { method: 'POST', headers, body })
}

/** Uploads a text and begins an import of it. */
export async function beginImport(
  server: Pick<TestServer, 'url'>,
  owner: Known,
  { text, target = 'products', ...more }: { text: string; target?: string; mode?: 'all_or_nothing' | 'good_rows' },
) {
  const answer = await upload(server, owner, text)
  if (answer.status !== 201) throw new Error(`the upload was answered with ${answer.status}`)
  const sha256 = createHash('sha256').update(text).digest('hex')
  return owner.client.call('imports.create-import', { target, sha256, file_name: `${target}.csv`, ...more })
}

type Command = 'imports.check-import' | 'imports.try-import' | 'imports.commit-import' | 'imports.undo-import'

/** Has a run done over an import, and waits until it has ended. */
export async function runImport({ client }: Pick<Known, 'client'>, id: string, command: Command) {
  const { version } = await client.call('imports.get-import', { id })
  await client.call(command, { id, version })
  return settled({ client }, id)
}

/** Waits until nothing works on an import any more. */
export function settled({ client }: Pick<Known, 'client'>, id: string) {
  return until(
    'the import has ended',
    async () => {
      const found = await client.call('imports.get-import', { id })
      return ['checking', 'trying', 'committing', 'undoing'].includes(found.status) ? undefined : found
    },
    110,
  )
}

/** Maps, checks and commits a file; answers with the import as it is then. */
export async function importText(
  server: Pick<TestServer, 'url'>,
  owner: Known,
  file: { text: string; target?: string; options?: Record<string, string | boolean> },
) {
  const { options = {}, ...begun } = file
  const { id, version } = await beginImport(server, owner, begun)
  await owner.client.call('imports.map-import', { id, version, options })
  await runImport(owner, id, 'imports.check-import')
  return runImport(owner, id, 'imports.commit-import')
}
