import { Client } from 'pg'
import { recordPostings } from '../server/inventory/stock-queries.ts'
import { fillProducts } from '../tests/harness/products.ts'
import { headOf, type Shelf } from './shelf.ts'
import type { Shop } from './shops.ts'
import type { Stage } from './stage.ts'

const onHand = 1_000_000
const mostMovements = 1_000

/** Gives a tenant goods with batches, parties and further branches, and stock of every batch in every branch. */
export async function fillShelf(
  stage: Stage,
  { tenantId, branch }: Shop,
  wanted: { goods: number; batches: number; branches: number; parties: number },
): Promise<Shelf> {
  const of = `b.tenant_id = '${tenantId}' AND b.id = '${branch.id}'`
  const branches = await stage.query<{ id: string }>(
    'comptoir',
    `WITH made AS (
       INSERT INTO tenants.branch (tenant_id, id, entity_id, code, name, time_zone)
       SELECT b.tenant_id, gen_random_uuid(), b.entity_id, 'BENCH' || n, 'Bench ' || n, b.time_zone
       FROM tenants.branch b, generate_series(2, ${wanted.branches}) n WHERE ${of} RETURNING id)
     SELECT id FROM made`,
  )
  const parties = await stage.query<{ id: string }>(
    'comptoir',
    `INSERT INTO parties.party (tenant_id, id, kind, name, sort_name)
     SELECT '${tenantId}', gen_random_uuid(), 'organisation', 'Party ' || n, 'party ' || n FROM generate_series(1, ${wanted.parties}) n
     RETURNING id`,
  )
  const goods = await stage.query<Shelf['goods'][number]>(
    'comptoir',
    `WITH product AS (
       INSERT INTO catalog.product (tenant_id, id, kind, name, unit_id, tax_class_id, is_expiry_tracked, is_prescription_only,
         is_open_price, is_sellable, is_discontinued)
       SELECT u.tenant_id, gen_random_uuid(), 'stocked', 'Bench ' || n, u.id, c.id, true, false, false, true, false
       FROM catalog.unit u JOIN tax.class c ON c.tenant_id = u.tenant_id AND c.code = 'standard',
            generate_series(1, ${wanted.goods}) n
       WHERE u.tenant_id = '${tenantId}' AND u.code = 'piece' RETURNING tenant_id, id
     ), variant AS (
       INSERT INTO catalog.variant (tenant_id, id, product_id) SELECT tenant_id, gen_random_uuid(), id FROM product
       RETURNING tenant_id, id
     )
     INSERT INTO inventory.batch (tenant_id, id, variant_id, number, expires_on)
     SELECT tenant_id, gen_random_uuid(), id, 'LOT-' || n, DATE '2036-01-01' + n FROM variant, generate_series(1, ${wanted.batches}) n
     RETURNING variant_id, id AS batch_id`,
  )
  const shelf = {
    tenantId,
    branchIds: [branch.id, ...branches.map(({ id }) => id)],
    goods,
    partyIds: parties.map(({ id }) => id),
  }
  await receive(stage, shelf)
  return shelf
}

/** Gives a tenant products to be searched for; answers with what people type to find some of them. */
export async function fillCatalogue(stage: Stage, tenantId: string, count: number): Promise<string[]> {
  const client = new Client({ connectionString: stage.superuserUrl('comptoir') })
  await client.connect()
  try {
    const names = Array.from({ length: count }, (_, at) => nameOf(at))
    // What makes the product findable is written by its own function; foreign keys hold.
    await fillProducts(
      client,
      tenantId,
      names.map((name, at) => ({ name, code: `611${String(at).padStart(10, '0')}` })),
    )
    return Array.from({ length: 200 }, (_, at) => typed(names[(at * 7919) % count]!, (at * 7919) % count, at))
  } finally {
    await client.end()
  }
}

const brands = [
  'Atlas',
  'Sahara',
  'Rif',
  'Souss',
  'Zohra',
  'Médina',
  'Oasis',
  'Palmier',
  'Étoile',
  'Cèdre',
  'Kenza',
  'Ourika',
]
const things = [
  'Comprimés',
  'Gélules',
  'Sirop',
  'Crème',
  'Savon',
  'Thé vert',
  'Café moulu',
  'Huile',
  'Biscuits',
  'Lait',
  'Riz',
]
const syllables = ['ba', 'co', 'di', 'fu', 'lo', 'ma', 'ne', 'pi', 'ra', 'so', 'ti', 'vu', 'xe', 'ya']

/** A brand that a twelfth of all have, a thing that an eleventh have, a word of its own kind, and a size. */
function nameOf(at: number): string {
  const word = [at, at * 7 + 3, at * 31 + 5, Math.floor(at / 14)]
    .map((seed) => syllables[seed % syllables.length])
    .join('')
  return `${brands[at % brands.length]} ${things[(at * 5) % things.length]} ${word} ${(at % 40) * 25} g`
}

/** What somebody types for a product: its word, a slip in it, its beginning, common words, or its code. */
function typed(name: string, at: number, turn: number): string {
  const words = name.toLowerCase().split(' ')
  const word = words.at(-3)!
  const ways = [
    () => word,
    () => `${words[0]} ${word}`,
    () => `${word.slice(0, 3)}${word.slice(4)}`,
    () => `${words[1]} ${word.slice(0, 5)}`,
    () => words.slice(0, 2).join(' '),
    () => words.slice(0, -2).join(' '),
    () => `611${String(at).padStart(10, '0')}`,
    () => `${word.slice(0, 4)}${word[5]}${word[4]}${word.slice(6)} ${words.at(-2)}`,
  ]
  return ways[turn % ways.length]!()
}

async function receive(stage: Stage, shelf: Shelf): Promise<void> {
  const client = new Client({ connectionString: stage.appUrl() })
  await client.connect()
  const scope = { client, tenantId: shelf.tenantId } as unknown as Parameters<typeof recordPostings>[0]
  const lines = shelf.branchIds.flatMap((branch_id) => shelf.goods.map((one) => ({ ...one, branch_id })))
  for (let at = 0; at < lines.length; at += mostMovements) {
    const movements = lines.slice(at, at + mostMovements).map((line) => ({
      ...line,
      quantity: String(onHand),
      value: String(onHand * 10),
      unit_cost: '10',
      last_cost: '10',
    }))
    await client.query('BEGIN')
    await client.query('SELECT platform.set_tenant($1)', [shelf.tenantId])
    const [answer] = await recordPostings(scope, [{ ...headOf('receipt', shelf), movements }])
    if (answer?.code !== null) throw new Error(`a receipt was refused: ${answer?.code}`)
    await client.query('COMMIT')
  }
  await client.end()
}
