import type { Dimension } from './contract.ts'
import type { kinds } from './product-contract.ts'
import type { ProductFlags } from './product-queries.ts'
import type { Scope } from './queries.ts'
import type { AskedTerms } from './terms.ts'
import type { Option } from './variant-queries.ts'

export interface FoundVariant extends ProductFlags {
  readonly product_id: string
  readonly variant_id: string
  readonly name: string
  readonly sku: string | null
  readonly options: Option[]
  readonly unit_id: string
  readonly tax_class_id: string
  readonly category_id: string | null
  readonly kind: (typeof kinds)[number]
}

const foundColumns = `p.id AS product_id, v.id AS variant_id, p.name, v.sku, v.options, p.unit_id, p.tax_class_id, p.category_id,
  p.kind, p.is_expiry_tracked, p.is_prescription_only, p.is_open_price, p.is_sellable, p.is_discontinued`

export interface Scanned extends FoundVariant {
  readonly pack_id: string | null
  readonly pack_quantity: string | null
  readonly dimension: Dimension
  readonly unit_size: string
  readonly unit_decimals: number
}

/** The variant, or the pack of one, that bears a barcode with this key. */
export async function findByBarcode({ client, tenantId }: Scope, key: string): Promise<Scanned | undefined> {
  const { rows } = await client.query({
    name: 'catalog-find-by-barcode',
    text: `SELECT ${foundColumns}, b.pack_id, k.quantity AS pack_quantity, u.dimension, u.size AS unit_size, u.decimals AS unit_decimals
           FROM catalog.barcode b
           JOIN catalog.variant v ON v.tenant_id = b.tenant_id AND v.id = b.variant_id
           JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
           JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
           LEFT JOIN catalog.pack k ON k.tenant_id = b.tenant_id AND k.id = b.pack_id
           WHERE b.tenant_id = $1 AND b.key = $2 AND b.deleted_at IS NULL`,
    values: [tenantId, key],
  })
  return rows[0]
}

/** The variant with this SKU. */
export async function findBySku({ client, tenantId }: Scope, sku: string): Promise<Scanned | undefined> {
  const { rows } = await client.query({
    name: 'catalog-find-by-sku',
    text: `SELECT ${foundColumns}, NULL::uuid AS pack_id, NULL::numeric AS pack_quantity, u.dimension, u.size AS unit_size, u.decimals AS unit_decimals
           FROM catalog.variant v
           JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
           JOIN catalog.unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
           WHERE v.tenant_id = $1 AND v.sku = $2 AND v.deleted_at IS NULL`,
    values: [tenantId, sku],
  })
  return rows[0]
}

export interface SearchHit extends FoundVariant {
  readonly score: number
}

/** A term in more variants than this is counted no further. */
const commonTerm = 2_000
/** So many rows of the rarest terms are read, and so many variants of those that have most of them are ranked. */
const gathered = 4_000
const ranked = 250
/** Of 1000; what fits less is no answer. */
const leastScore = 350

/** The most rows of terms that a search for so many of them reads. */
export function mostTermsRead(terms: number): number {
  return terms * commonTerm + gathered + commonTerm + terms * ranked
}

// Every condition on a term is an equality, which is leakproof and so reaches the index under row-level security. The
// rarest of the terms asked for bring the candidates; those are then asked, by primary key, for all the terms.
const searchText = `
  WITH asked AS MATERIALIZED (
    SELECT a.term, a.weight, (
      SELECT count(*) FROM (
        SELECT FROM catalog.term t WHERE t.tenant_id = $1 AND t.term = a.term LIMIT ${commonTerm}) AS counted) AS holders
    FROM unnest($2::text[], $3::integer[]) AS a (term, weight)
  ), rarest AS (
    SELECT term, weight, sum(holders) OVER (ORDER BY holders, term) AS so_far, row_number() OVER (ORDER BY holders, term) AS place
    FROM asked WHERE holders > 0
  ), candidate AS MATERIALIZED (
    SELECT found.variant_id, sum(r.weight) AS weight
    FROM rarest r CROSS JOIN LATERAL (
      SELECT t.variant_id FROM catalog.term t WHERE t.tenant_id = $1 AND t.term = r.term LIMIT ${commonTerm}) AS found
    WHERE r.place = 1 OR r.so_far <= ${gathered}
    GROUP BY found.variant_id ORDER BY weight DESC, found.variant_id LIMIT ${ranked}
  ), scored AS MATERIALIZED (
    SELECT c.variant_id, (1000 * sum(a.weight) / $4::integer)::integer AS score
    FROM candidate c CROSS JOIN asked a CROSS JOIN LATERAL (
      -- LIMIT keeps this a look-up by primary key; as a plain join it would read all that a common term has.
      SELECT FROM catalog.term t
      WHERE t.tenant_id = $1 AND t.term = a.term AND t.variant_id = c.variant_id LIMIT 1) AS held
    WHERE a.holders > 0
    GROUP BY c.variant_id
  )
  SELECT ${foundColumns}, least(s.score, 1000) AS score
  FROM scored s
  JOIN catalog.variant v ON v.tenant_id = $1 AND v.id = s.variant_id
  JOIN catalog.product p ON p.tenant_id = $1 AND p.id = v.product_id
  WHERE s.score >= ${leastScore} AND v.deleted_at IS NULL
    AND ($5::boolean IS NULL OR p.is_sellable = $5)
    AND ($6::uuid IS NULL OR p.category_id IN (
      WITH RECURSIVE below AS (
        SELECT id, 1 AS depth FROM catalog.category WHERE tenant_id = $1 AND id = $6
        UNION ALL
        SELECT k.id, below.depth + 1 FROM catalog.category k JOIN below ON k.parent_id = below.id
        WHERE k.tenant_id = $1 AND below.depth < 100
      )
      SELECT id FROM below))
    AND ($7::integer IS NULL OR (-least(s.score, 1000), length(p.name), p.name, v.id) > (-$7::integer, length($8::text), $8::text, $9::uuid))
  ORDER BY -least(s.score, 1000), length(p.name), p.name, v.id
  LIMIT $10`

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
  { terms, weights, whole }: AskedTerms,
  { is_sellable, category_id, limit }: SearchFilter,
  after?: readonly [score: number, name: string, id: string],
): Promise<SearchHit[]> {
  const { rows } = await client.query({
    name: 'catalog-search',
    text: searchText,
    values: [
      tenantId,
      terms,
      weights,
      whole,
      is_sellable ?? null,
      category_id ?? null,
      after?.[0] ?? null,
      after?.[1] ?? null,
      after?.[2] ?? null,
      limit + 1,
    ],
  })
  return rows
}
