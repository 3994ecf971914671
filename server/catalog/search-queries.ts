import type { Dimension } from '../codes/index.ts'
import type { kinds } from './product-contract.ts'
import type { Label, ProductFlags } from './product-queries.ts'
import type { Scope } from './queries.ts'
import type { AskedTerms } from './terms.ts'
import type { Option } from './variant-queries.ts'

export interface FoundVariant extends ProductFlags {
  readonly product_id: string
  readonly variant_id: string
  readonly name: string
  readonly labels: Label[]
  readonly sku: string | null
  readonly options: Option[]
  readonly unit_id: string
  readonly tax_class_id: string
  readonly category_id: string | null
  readonly kind: (typeof kinds)[number]
}

const foundColumns = `p.id AS product_id, v.id AS variant_id, p.name, p.labels, v.sku, v.options, p.unit_id, p.tax_class_id, p.category_id,
  p.kind, p.is_expiry_tracked, p.is_prescription_only, p.is_open_price, p.is_sellable, p.is_discontinued`

export interface Scanned extends FoundVariant {
  readonly pack_id: string | null
  readonly pack_quantity: string | null
  readonly dimension: Dimension
  readonly unit_size: string
  readonly unit_decimals: number
}

/** The variants, and packs, that bear barcodes, by the keys of those. */
export async function findByBarcodes(
  { client, tenantId }: Scope,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Scanned>> {
  const { rows } = await client.query({
    name: 'catalog-find-by-barcodes',
    text: `SELECT b.key, ${foundColumns}, b.pack_id, k.quantity AS pack_quantity, u.dimension, u.size AS unit_size, u.decimals AS unit_decimals
           FROM catalog.barcode b
           JOIN catalog.variant v ON v.tenant_id = b.tenant_id AND v.id = b.variant_id
           JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
           JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
           LEFT JOIN catalog.pack k ON k.tenant_id = b.tenant_id AND k.id = b.pack_id
           WHERE b.tenant_id = $1 AND b.key = ANY ($2::text[]) AND b.deleted_at IS NULL`,
    values: [tenantId, keys],
  })
  return new Map(rows.map(({ key, ...row }) => [key, row]))
}

/** The variant with just this SKU, or else the first with the same in other capital or small letters. */
export async function findBySku({ client, tenantId }: Scope, sku: string): Promise<Scanned | undefined> {
  const { rows } = await client.query({
    name: 'catalog-find-by-sku',
    text: `SELECT ${foundColumns}, NULL::uuid AS pack_id, NULL::numeric AS pack_quantity, u.dimension, u.size AS unit_size, u.decimals AS unit_decimals
           FROM catalog.variant v
           JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
           JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
           WHERE v.tenant_id = $1 AND v.sku_key = upper($2 COLLATE "C") COLLATE "default" AND v.deleted_at IS NULL
           ORDER BY v.sku = $2 DESC, v.sku COLLATE "C" LIMIT 1`,
    values: [tenantId, sku],
  })
  return rows[0]
}

export interface SearchHit extends FoundVariant {
  readonly score: number
}

/** A term in more variants than this is counted no further. */
const commonTerm = 1_000
/** As much for a word that is a slip away. */
const commonSlip = 100
/** So many rows of the rarest terms are read, and so many variants of those that have most of them are ranked. */
const gathered = 4_000
const ranked = 250
/** More terms than any variant has. */
const mostOfVariant = 10_000
/** Of 1000; what fits less is no answer. */
const leastScore = 350

/**
 * The most rows of terms that a search reads, where no variant has more than `termsOfVariant`; within a category, a look-up
 * for each that is in it, too.
 */
export function mostTermsRead({ terms }: AskedTerms, termsOfVariant: number): number {
  const near = terms.filter((one) => one.is_slip).length
  const far = terms.length - near
  return (far + 1) * commonTerm + gathered + commonTerm + 2 * near * commonSlip + ranked * termsOfVariant
}

// What is not sellable ranks behind what is: catalog.product.search_rank.
const firstNotSellable = 10_000
const highest = 32_767

// Every condition on a term is leakproof and so reaches the index under row-level security. The rarest of the terms asked
// for bring the candidates, of each those with the shortest names; of those all terms are then read.
const ofTerm = (term: string) =>
  `catalog.term t WHERE t.tenant_id = $1 AND t.term = ${term} AND t.rank >= $11 AND t.rank < $12`
const holdersOf = (term: string, most: number) =>
  `(SELECT count(*) FROM (SELECT FROM ${ofTerm(term)} LIMIT ${most}) AS counted)`
const searchText = (candidates: string) => `
  WITH RECURSIVE given AS MATERIALIZED (
    SELECT * FROM unnest($2::text[], $3::integer[], $9::integer[], $10::boolean[]) AS given (term, weight, word, is_slip)
  ), whole_word AS MATERIALIZED (
    SELECT g.*, ${holdersOf('g.term', commonTerm)} AS holders FROM given g WHERE NOT g.is_slip AND g.term LIKE '=%'
  ), certain AS MATERIALIZED (
    SELECT * FROM whole_word
    UNION ALL
    -- What has a word has all its parts: those of a common word are common, and need not be counted.
    SELECT g.*, CASE WHEN EXISTS (SELECT FROM whole_word w WHERE w.word = g.word AND w.holders = ${commonTerm}) THEN ${commonTerm}
      ELSE ${holdersOf('g.term', commonTerm)} END AS holders
    FROM given g WHERE NOT g.is_slip AND g.term NOT LIKE '=%'
  ), asked AS MATERIALIZED (
    SELECT * FROM certain WHERE holders > 0
    UNION ALL
    SELECT s.* FROM (
      SELECT g.*, ${holdersOf('g.term', commonSlip)} AS holders
      FROM given g
      WHERE g.is_slip AND NOT EXISTS (SELECT FROM certain c WHERE c.word = g.word AND c.term LIKE '=%' AND c.holders > 0)) AS s
    WHERE s.holders > 0
  ), rarest AS MATERIALIZED (
    SELECT *, sum(holders) OVER its_kind AS so_far, row_number() OVER its_kind AS place
    FROM asked WINDOW its_kind AS (PARTITION BY is_slip, word = 0 ORDER BY holders, weight DESC, term)
  ), ${candidates}, candidate AS MATERIALIZED (
    SELECT found.variant_id, found.rank, sum(found.weight) AS weight FROM found
    GROUP BY found.variant_id, found.rank ORDER BY weight DESC, found.rank, found.variant_id LIMIT ${ranked}
  ), of_word AS MATERIALIZED (
    SELECT c.variant_id, a.word, CASE WHEN a.word = 0 THEN max(a.weight) ELSE
      greatest(sum(a.weight) FILTER (WHERE NOT a.is_slip), max(a.weight) FILTER (WHERE a.is_slip)) END AS weight
    FROM candidate c CROSS JOIN LATERAL (
      -- LIMIT keeps this a look-up by index; as a plain join it would read all that a common term has.
      SELECT t.term FROM catalog.term t WHERE t.tenant_id = $1 AND t.variant_id = c.variant_id LIMIT ${mostOfVariant}) AS held
    JOIN asked a ON a.term = held.term
    GROUP BY c.variant_id, a.word
  ), scored AS MATERIALIZED (
    SELECT variant_id, least(1000 * sum(weight) / $4::integer, 1000)::integer AS score FROM of_word GROUP BY variant_id
  )
  SELECT f.*, s.score
  FROM scored s CROSS JOIN LATERAL (
    SELECT ${foundColumns} FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id
    WHERE v.tenant_id = $1 AND v.id = s.variant_id AND v.deleted_at IS NULL LIMIT 1) AS f
  WHERE s.score >= ${leastScore}
    AND ($5::integer IS NULL
      OR (-s.score, length(f.name), f.name, f.variant_id) > (-$5::integer, length($6::text), $6::text, $7::uuid))
  ORDER BY -s.score, length(f.name), f.name, f.variant_id
  LIMIT $8`

const ofRarest = `rarest r CROSS JOIN LATERAL (
      SELECT t.variant_id, t.rank FROM ${ofTerm('r.term')}
      ORDER BY t.rank LIMIT CASE WHEN r.is_slip THEN ${commonSlip} ELSE ${commonTerm} END) AS of_term`
const isRead = `(r.word = 0 OR r.is_slip OR r.place = 1 OR r.so_far <= ${gathered})`

const searchAll = searchText(
  `found AS (SELECT of_term.variant_id, of_term.rank, r.weight FROM ${ofRarest} WHERE ${isRead})`,
)

// Of a category, whatever is no answer is left out before the best are ranked. Where few things are in it, a term that is common
// is looked for in each of them; as rows it would be read in part only.
const searchInCategory = searchText(`below AS (
    SELECT id, 1 AS depth FROM catalog.category WHERE tenant_id = $1 AND id = $13
    UNION ALL
    SELECT k.id, below.depth + 1 FROM catalog.category k JOIN below ON k.parent_id = below.id
    WHERE k.tenant_id = $1 AND below.depth < 100
  ), member AS MATERIALIZED (
    SELECT of_product.id, of_category.search_rank AS rank FROM below b CROSS JOIN LATERAL (
      SELECT p.id, p.search_rank FROM catalog.product p
      WHERE p.tenant_id = $1 AND p.category_id = b.id AND p.search_rank >= $11 AND p.search_rank < $12
      ORDER BY p.id LIMIT ${gathered + 1}) AS of_category
    CROSS JOIN LATERAL (
      SELECT v.id FROM catalog.variant v WHERE v.tenant_id = $1 AND v.product_id = of_category.id AND v.deleted_at IS NULL LIMIT 200) AS of_product
    LIMIT ${gathered + 1}
  ), few AS MATERIALIZED (
    SELECT count(*) <= ${gathered} AS is_so FROM member
  ), found AS (
    SELECT of_term.variant_id, of_term.rank, r.weight FROM ${ofRarest}
    -- LIMIT keeps it a look-up by primary key.
    CROSS JOIN LATERAL (
      SELECT FROM catalog.variant v JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id
      WHERE v.tenant_id = $1 AND v.id = of_term.variant_id AND p.category_id = ANY (ARRAY(SELECT id FROM below)) LIMIT 1) AS fits
    WHERE ${isRead} AND NOT ((SELECT is_so FROM few) AND r.holders = ${commonTerm})
    UNION ALL
    SELECT m.id, m.rank, r.weight FROM rarest r CROSS JOIN member m CROSS JOIN LATERAL (
      SELECT FROM catalog.term t
      WHERE t.tenant_id = $1 AND t.term = r.term AND t.rank = m.rank AND t.variant_id = m.id LIMIT 1) AS held
    WHERE (SELECT is_so FROM few) AND r.word > 0 AND NOT r.is_slip AND r.place = 1 AND r.holders = ${commonTerm}
  )`)

export interface SearchFilter {
  readonly is_sellable?: boolean | undefined
  readonly category_id?: string | undefined
  readonly limit: number
}

/**
 * A page of the variants that have most of these terms, the best first and of equals the one with the shortest name, and
 * one row more when there is a next page.
 */
export async function searchVariants(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  { terms, whole }: AskedTerms,
  { is_sellable, category_id, limit }: SearchFilter,
  after?: readonly [score: number, name: string, id: string],
): Promise<SearchHit[]> {
  const [score = null, name = null, id = null] = after ?? []
  const of = <K extends keyof AskedTerms['terms'][number]>(field: K) => terms.map((one) => one[field])
  const ranks = [is_sellable === false ? firstNotSellable : 0, is_sellable === true ? firstNotSellable : highest]
  const { rows: hits } = await client.query({
    name: category_id === undefined ? 'catalog-search' : 'catalog-search-in-category',
    text: category_id === undefined ? searchAll : searchInCategory,
    values: [
      tenantId,
      ...[of('term'), of('weight'), whole, score, name, id, limit + 1, of('word'), of('is_slip'), ...ranks],
      ...(category_id === undefined ? [] : [category_id]),
    ],
  })
  return hits
}
