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

export interface Catalogue {
  /** What people type to find some of the products. */
  readonly texts: readonly string[]
  /** A category that a twelfth of the products are in, and what is typed for those. */
  readonly categoryId: string
  readonly textsInCategory: readonly string[]
  /** What makes the products findable. */
  readonly terms: { readonly rows: number; readonly megabytes: number }
}

/** Gives a tenant products to be searched for, one in twelve of them in a category, one in ten not sellable. */
export async function fillCatalogue(stage: Stage, tenantId: string, count: number): Promise<Catalogue> {
  const client = new Client({ connectionString: stage.superuserUrl('comptoir') })
  await client.connect()
  try {
    const names = Array.from({ length: count }, (_, at) => nameOf(at))
    // What makes the product findable is written by its own function; foreign keys hold.
    await fillProducts(
      client,
      tenantId,
      names.map((name, at) => ({ name, code: `611${String(at).padStart(10, '0')}`, is_sellable: at % 10 !== 7 })),
    )
    const { rows } = await client.query<{ category_id: string }>(
      'INSERT INTO catalog.category (tenant_id, id, name) VALUES ($1, gen_random_uuid(), $2) RETURNING id AS category_id',
      [tenantId, brands[0]],
    )
    const [{ category_id: categoryId } = { category_id: '' }] = rows
    await client.query('UPDATE catalog.product SET category_id = $2 WHERE tenant_id = $1 AND name LIKE $3', [
      tenantId,
      categoryId,
      `${brands[0]} %`,
    ])
    const { rows: terms } = await client.query<Catalogue['terms']>(
      `SELECT count(*)::int AS rows, pg_total_relation_size('catalog.term')::float / 1e6 AS megabytes FROM catalog.term`,
    )
    // Of every product whose turn it is, sellable ones: what is searched for among those is found.
    const turns = Array.from({ length: 400 }, (_, at) => (at * 7919) % count).map((at) => (at % 10 === 7 ? at - 1 : at))
    const ofCategory = turns.map((at) => at - (at % 12)).map((at) => (at % 10 === 7 ? 0 : at))
    return {
      texts: turns.map((at, turn) => typed(names[at]!, at, turn)),
      categoryId,
      textsInCategory: ofCategory.map((at, turn) => typed(names[at]!, at, turn)),
      terms: terms[0] ?? { rows: 0, megabytes: 0 },
    }
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

/** What somebody types for a product: its word, a slip in it or in a short one, its beginning, common words, or its code. */
function typed(name: string, at: number, turn: number): string {
  const words = name.toLowerCase().split(' ')
  const word = words.at(-3)!
  const ways = [
    () => word,
    () => `${words[0]} ${word}`,
    () => words[0]!,
    () => `${words[1]!.slice(0, 2)}${words[1]!.slice(3)}`,
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
