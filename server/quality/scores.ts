import type { QueryContext } from '../platform/operation.ts'
import type { RuleKind } from './contract.ts'
import { datasetNames, datasetOf } from './datasets.ts'
import { countByDataset, type LastResult, lastResults } from './run-queries.ts'

const ofAccuracy: readonly RuleKind[] = ['range', 'unique', 'reference', 'pattern', 'custom_sql']

/**
 * Completeness and accuracy of what the last results of rules say, each in per cent with two decimals, rounded down, so that 100.00
 * is said only where nothing is wrong; null where no row was judged. Completeness is the share of values that must be filled and
 * are; accuracy the share of rows that are as ranges, patterns, references, keys and statements ask. Both are 100 × (1 − Σ failed ÷
 * Σ checked), the form X = A ÷ B that ISO/IEC 25024 (2015) gives its measures of both, over all rules with the weight of the rows that
 * each was asked of. Rules that could not be judged, and those about a whole dataset, count in neither.
 */
export function scoresOf(results: readonly Pick<LastResult, 'kind' | 'status' | 'rows_checked' | 'rows_failed'>[]) {
  const judged = results.filter(({ status }) => status !== 'broken')
  return {
    completeness: shareOf(judged.filter(({ kind }) => kind === 'not_null')),
    accuracy: shareOf(judged.filter(({ kind }) => ofAccuracy.includes(kind))),
  }
}

/** Every dataset with its columns, its scores, the last results of its rules, and what of it is held. */
export async function listDatasets(context: Pick<QueryContext, 'client' | 'tenantId'>) {
  const results = Map.groupBy(await lastResults(context), ({ dataset }) => dataset)
  const counts = new Map((await countByDataset(context)).map((one) => [one.dataset, one]))
  return datasetNames.map((name) => {
    const { time, columns } = datasetOf(name)
    const own = results.get(name) ?? []
    const { rules, held, is_held } = counts.get(name) ?? { rules: 0, held: '0', is_held: false }
    return {
      name,
      time,
      columns: Object.entries(columns).map(([column, { kind, isPersonal = false }]) => ({
        name: column,
        kind,
        is_personal: isPersonal,
      })),
      rules,
      ...scoresOf(own),
      judged_at: own.map(({ judged_at }) => judged_at).toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null,
      results: own.map(({ rule_id, rule_key, status, severity, judged_at }) => ({
        rule_id,
        rule_key,
        status,
        severity,
        judged_at,
      })),
      held,
      is_held,
    }
  })
}

function shareOf(results: readonly Pick<LastResult, 'rows_checked' | 'rows_failed'>[]): string | null {
  const checked = results.reduce((sum, one) => sum + BigInt(one.rows_checked), 0n)
  const failed = results.reduce((sum, one) => sum + BigInt(one.rows_failed), 0n)
  if (checked === 0n) return null
  const hundredths = ((checked - failed) * 10_000n) / checked
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`
}
