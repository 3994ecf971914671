import { Client } from 'pg'
import { fillProducts } from '../tests/harness/products.ts'
import type { Stage } from './stage.ts'

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
export function nameOf(at: number): string {
  const word = [at, at * 7 + 3, at * 31 + 5, Math.floor(at / 14)]
    .map((seed) => syllables[seed % syllables.length])
    .join('')
  return `${brands[at % brands.length]} ${things[(at * 5) % things.length]} ${word} ${(at % 40) * 25} g`
}

/** What somebody types for a product: its word, a slip in it or in a short one, its beginning, common words, or its code. */
export function typed(name: string, at: number, turn: number): string {
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
