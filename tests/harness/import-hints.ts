import { makeProduct, taxClassOf } from './catalog.ts'
import { freshId } from './hints.ts'
import { upload } from './imports.ts'
import type { Input } from './samples.ts'
import type { TestOwner, TestServer } from './server.ts'

/** What samples of the operations of imports are made of: files, and imports in the state that each asks for. */
export function importSamples(server: TestServer, owner: TestOwner) {
  const { client, tenantId } = owner
  const uploaded = (name = 'A thing') => send(server, owner, `SKU,Name\nS-${freshId()},${name}\n`)
  const mapped = async (name?: string, sha256?: string) => {
    const { id, version } = await client.call('imports.create-import', {
      target: 'products',
      sha256: sha256 ?? (await uploaded(name)),
      file_name: 'things.csv',
    })
    return client.call('imports.map-import', { id, version, options: { tax_class_id: await taxClassOf(owner) } })
  }
  const work = async (import_id: string) => {
    const job = server.product.jobs.find(({ name }) => name === 'imports.work')
    if (!job) throw new Error('there is no job that works on imports')
    await server.product.runJob(job, { tenant_id: tenantId, import_id })
    return client.call('imports.get-import', { id: import_id })
  }
  const checking = async (name?: string, sha256?: string) => {
    const { id, version } = await mapped(name, sha256)
    return client.call('imports.check-import', { id, version })
  }
  const checked = async (name?: string, sha256?: string) => work((await checking(name, sha256)).id)
  const committed = async () => {
    const { id, version } = await checked(undefined, await sendMany(server, owner))
    await client.call('imports.commit-import', { id, version })
    return work(id)
  }
  const template = async () => {
    const { template_id } = await mapped()
    const { items } = await client.call('imports.list-templates', {})
    return items.find(({ id }) => id === template_id)
  }
  const thing = async () => {
    const { items } = await client.call('imports.list-provenance', { id: (await committed()).id })
    return { id: items[0]?.resource_id }
  }
  return {
    hints: {
      'imports.create-import target': products,
      'imports.list-imports target': products,
      'imports.list-templates target': products,
      'imports.create-import sha256': () => uploaded(),
      'imports.map-import mapping': () => ({ name: 'Name', sku: 'SKU' }),
      'imports.map-import conventions': () => ({ decimal: '.' }),
      'imports.map-import options': async () => ({ tax_class_id: await taxClassOf(owner) }),
      'imports.map-import format': () => ({ delimiter: ',' }),
      'imports.show-rows numbers': () => '2',
      ...{ 'imports.fix-cell row_number': () => 2, 'imports.fix-cell column': () => 'Name' },
      ...{ 'imports.fix-alike column': () => 'Name', 'imports.fix-alike code': () => 'missing' },
      'imports.fix-alike original_value': () => undefined,
      'imports.fix-alike value': () => 'A thing',
    },
    makers: {
      'imports.map-import': made(() => mapped()),
      'imports.check-import': made(() => mapped()),
      'imports.try-import': made(() => checked()),
      'imports.commit-import': made(() => checked()),
      'imports.show-rows': made(() => checked()),
      'imports.fix-cell': made(() => checked()),
      'imports.fix-alike': made(() => checked('')),
      'imports.stop-import': made(() => checking()),
      'imports.undo-import': made(committed),
      'imports.remove-template': made(template),
      'imports.trace-thing': made(thing),
    },
  }
}

const products = () => 'products'
const made = (make: () => Promise<unknown>) => async () => (await make()) as Input

async function send(server: TestServer, owner: TestOwner, text: string): Promise<string> {
  const answer = await upload(server, owner, text)
  return ((await answer.json()) as { sha256: string }).sha256
}

/** A file of something new, of something that is there and is changed, and of something whose unit is misspelt. */
async function sendMany(server: TestServer, owner: TestOwner): Promise<string> {
  const sku = `K-${freshId()}`
  await makeProduct(owner, { name: 'A known thing', variants: [{ sku }] })
  const rows = [`S-${freshId()},A thing,piece`, `${sku},Another name,`, `M-${freshId()},A thing,pieec`]
  return send(server, owner, `SKU,Name,Unit\n${rows.join('\n')}\n`)
}
