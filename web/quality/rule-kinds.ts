import { kindWords } from './rule-words.ts'

export type RuleKind = keyof typeof kindWords
const kinds = Object.keys(kindWords) as RuleKind[]

/** The kind of a new rule, which every dataset has. */
export const firstKind = 'not_null'

interface Timed {
  readonly time: string | null
}

/** What can be asked of a dataset: how recent it is only where its rows have a time, and SQL of those who may write it. */
export function kindsOf(dataset: Timed | undefined, maySql: boolean): readonly RuleKind[] {
  return kinds.filter((kind) => (kind === 'freshness' ? dataset?.time !== null : kind !== 'custom_sql' || maySql))
}

/** The kind that was chosen, where it can be asked of another dataset as well. */
export function kindFor(dataset: Timed, kind: RuleKind, maySql: boolean): RuleKind {
  return kindsOf(dataset, maySql).includes(kind) ? kind : firstKind
}
