import type { Transaction } from '../platform/database.ts'
import { datasetOf } from './datasets.ts'

type Reader = Pick<Transaction, 'client'> & { readonly tenantId: string }

/** Those of the values that do not match a regular expression of PostgreSQL. */
export async function unlikePattern(
  { client }: Pick<Reader, 'client'>,
  { pattern, ignores_case }: { pattern: string; ignores_case: boolean },
  values: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query(
    'SELECT v AS value FROM unnest($1::text[]) v WHERE CASE WHEN $3::boolean THEN v !~* $2::text ELSE v !~ $2::text END',
    [values, pattern, ignores_case],
  )
  return new Set(rows.map((row) => row.value as string))
}

/** Those of the values that no row of a dataset has in a column. */
export async function missingValues(
  { client, tenantId }: Reader,
  { dataset, column }: { dataset: string; column: string },
  values: readonly string[],
): Promise<ReadonlySet<string>> {
  const { view, columns } = datasetOf(dataset)
  if (!Object.hasOwn(columns, column)) throw new Error(`${dataset} has no column ${column}`)
  const { rows } = await client.query(
    `SELECT v AS value FROM unnest($2::text[]) v
     WHERE NOT EXISTS (SELECT FROM ${view} d WHERE d.tenant_id = $1 AND d.${column}::text = v)`,
    [tenantId, values],
  )
  return new Set(rows.map((row) => row.value as string))
}
