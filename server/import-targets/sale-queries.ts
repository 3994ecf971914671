import type { Dependent } from '../imports/index.ts'
import type { Transaction } from '../platform/database.ts'

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

export interface SaleGround {
  readonly branch: { readonly id: string; readonly time_zone: string } | undefined
  readonly class_id: string | undefined
  readonly unit_id: string | undefined
  readonly channels: readonly { readonly id: string; readonly code: string }[]
}

/** What sales of a branch rest on: its clocks, a tax class, the unit that things are counted in, and channels. */
export async function readSaleGround(
  { client, tenantId }: Scope,
  { branchId, classId }: { readonly branchId: string; readonly classId: string | undefined },
): Promise<SaleGround> {
  const { rows } = await client.query({
    name: 'imports-sale-ground',
    text: `SELECT
             (SELECT jsonb_build_object('id', b.id, 'time_zone', b.time_zone) FROM tenants.branch b
              WHERE b.tenant_id = $1 AND b.id = $2 AND b.deleted_at IS NULL) AS branch,
             (SELECT c.id FROM tax.class c WHERE c.tenant_id = $1 AND c.id = $3) AS class_id,
             (SELECT u.id FROM catalog.unit u WHERE u.tenant_id = $1 AND u.code = 'piece') AS unit_id,
             (SELECT coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'code', h.name)), '[]') FROM channels.channel h
              WHERE h.tenant_id = $1) AS channels`,
    values: [tenantId, branchId, classId],
  })
  const { branch, class_id, unit_id, channels } = rows[0]
  return { branch: branch ?? undefined, class_id: class_id ?? undefined, unit_id: unit_id ?? undefined, channels }
}

/** The goods with these SKUs, or, where no SKU is so, with these keys of barcodes; `is_pack` where a barcode is of a pack. */
export async function findSold(
  { client, tenantId }: Scope,
  codes: readonly { readonly code: string; readonly key: string | null }[],
): Promise<{ code: string; variant_id: string; is_pack: boolean }[]> {
  const { rows } = await client.query({
    name: 'imports-find-sold',
    text: `SELECT DISTINCT ON (w.code) w.code, f.variant_id, f.is_pack
           FROM unnest($2::text[], $3::text[]) AS w (code, key)
           CROSS JOIN LATERAL (
             SELECT v.id AS variant_id, false AS is_pack, 1 AS rank FROM catalog.variant v WHERE v.tenant_id = $1 AND v.sku = w.code AND v.deleted_at IS NULL
             UNION ALL
             SELECT b.variant_id, b.pack_id IS NOT NULL, 2 FROM catalog.barcode b WHERE b.tenant_id = $1 AND b.key = w.key AND b.deleted_at IS NULL) AS f
           ORDER BY w.code, f.rank`,
    values: [tenantId, codes.map(({ code }) => code), codes.map(({ key }) => key)],
  })
  return rows
}

/** The customers with these codes. */
export async function findBuyers(
  { client, tenantId }: Scope,
  codes: readonly string[],
): Promise<{ code: string; party_id: string }[]> {
  const { rows } = await client.query({
    name: 'imports-find-buyers',
    text: `SELECT r.code, r.party_id FROM parties.party_role r JOIN parties.party p ON p.tenant_id = $1 AND p.id = r.party_id
           WHERE r.tenant_id = $1 AND r.role = 'customer' AND r.code = ANY ($2::text[]) AND r.ended_at IS NULL
             AND p.deleted_at IS NULL AND p.anonymised_at IS NULL`,
    values: [tenantId, codes],
  })
  return rows
}

/** The sales of a system with these numbers that still count. */
export async function findOriginals(
  { client, tenantId }: Scope,
  source: string,
  numbers: readonly string[],
): Promise<{ number: string; document_id: string }[]> {
  if (numbers.length === 0) return []
  const { rows } = await client.query({
    name: 'imports-find-originals',
    text: `SELECT number, document_id FROM history.read_document
           WHERE tenant_id = $1 AND source = $2 AND number = ANY ($3::text[]) AND kind = 'sale'`,
    values: [tenantId, source, numbers],
  })
  return rows
}

/** The refunds that still count of these sales, of the import that each sale is of. */
export async function findRefundsWithin({ client, tenantId }: Scope, ids: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    name: 'imports-refunds-within',
    text: `SELECT r.document_id AS id FROM history.read_document s JOIN history.read_document r ON r.tenant_id = $1 AND r.original_id = s.document_id
           WHERE s.tenant_id = $1 AND s.document_id = ANY ($2::uuid[]) AND r.import_id = s.import_id`,
    values: [tenantId, ids],
  })
  return rows.map(({ id }) => id)
}

/** Refunds that are no part of an import and give back what it sold: numbers, at most so many. */
export async function findRefundsElsewhere(
  { client, tenantId }: Scope,
  importId: string,
  most: number,
): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent>({
    name: 'imports-refunds-elsewhere',
    text: `SELECT DISTINCT r.number AS name, 'refunded' AS reason
           FROM history.read_document s JOIN history.read_document r ON r.tenant_id = $1 AND r.original_id = s.document_id
           WHERE s.tenant_id = $1 AND s.import_id = $2 AND r.import_id IS DISTINCT FROM $2 ORDER BY name LIMIT $3`,
    values: [tenantId, importId, most],
  })
  return rows
}

/** Documents of an import that are in the books on a day that was closed since: numbers, at most so many. */
export async function findClosedDocuments(
  { client, tenantId }: Scope,
  importId: string,
  most: number,
): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent>({
    name: 'imports-closed-documents',
    text: `SELECT d.number AS name, 'period_closed' AS reason
           FROM history.document d JOIN ledger.book b ON b.tenant_id = $1 AND b.id = d.entity_id
           WHERE d.tenant_id = $1 AND d.import_id = $2 AND d.effective_on <= b.closed_through AND (d.journal_id IS NOT NULL OR d.is_stock_moved)
             AND NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = $1 AND r.document_id = d.id)
           ORDER BY name LIMIT $3`,
    values: [tenantId, importId, most],
  })
  return rows
}
