import type { Transaction } from '../platform/database.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { sqlRefused, sqlUncheckable } from './contract.ts'
import {
  type Analysis,
  analyseStatement,
  describeFunctions,
  describeOperators,
  type Fault,
  mayAnalyse,
} from './sql-queries.ts'

type Reader = Pick<Transaction, 'client'> & { readonly tenantId: string }

const notAllowed = '42501'

/** What a statement may be made of, by the names of PostgreSQL's tree. What is not here is refused, whatever it is. */
const knownNodes: ReadonlySet<string> = new Set([
  ...['QUERY', 'COMMONTABLEEXPR', 'RANGETBLENTRY', 'RTEPERMISSIONINFO', 'ALIAS', 'FROMEXPR', 'RANGETBLREF', 'JOINEXPR'],
  ...['TARGETENTRY', 'VAR', 'CONST', 'PARAM', 'OPEXPR', 'BOOLEXPR', 'FUNCEXPR', 'SCALARARRAYOPEXPR', 'ARRAYEXPR'],
  ...['SUBLINK', 'AGGREF', 'WINDOWFUNC', 'WINDOWCLAUSE', 'SORTGROUPCLAUSE', 'SETOPERATIONSTMT', 'CASEEXPR', 'CASEWHEN'],
  ...['CASETESTEXPR', 'COALESCEEXPR', 'MINMAXEXPR', 'NULLIFEXPR', 'DISTINCTEXPR', 'NULLTEST', 'BOOLEANTEST'],
  ...['RELABELTYPE', 'COERCEVIAIO', 'COLLATEEXPR', 'SQLVALUEFUNCTION'],
])

/** Functions that read nothing but their arguments, and make nothing that is longer than these. */
const knownFunctions: ReadonlySet<string> = new Set([
  ...['count', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'every', 'stddev', 'stddev_samp', 'stddev_pop'],
  ...['variance', 'var_samp', 'var_pop', 'percentile_cont', 'percentile_disc', 'mode'],
  ...['row_number', 'rank', 'dense_rank', 'percent_rank', 'ntile', 'lag', 'lead', 'first_value', 'last_value'],
  ...['lower', 'upper', 'length', 'char_length', 'character_length', 'btrim', 'ltrim', 'rtrim', 'left', 'right'],
  ...['substr', 'substring', 'strpos', 'position', 'starts_with', 'split_part', 'regexp_like'],
  ...['abs', 'round', 'ceil', 'ceiling', 'floor', 'trunc', 'mod', 'sign', 'num_nulls', 'num_nonnulls'],
  ...['date_trunc', 'date_part', 'extract', 'age', 'now', 'timezone', 'make_date', 'make_interval', 'isfinite'],
])

const knownOperators: ReadonlySet<string> = new Set([
  ...['=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '%'],
  ...['~', '~*', '!~', '!~*', '~~', '~~*', '!~~', '!~~*'],
])

/** A subquery, a join, a list of values, one of the WITH, what is grouped by: where rows come from, beside the views of the datasets. */
const knownSources: ReadonlySet<string> = new Set(['1', '2', '5', '6', '9'])
const ofRelation = '0'

/**
 * Refuses the statement of a rule that is more than one SELECT over the datasets. PostgreSQL parses it; every function, operator, table
 * and clause of the tree that it comes to must be on a list, so that nothing hides behind a way of writing. See the decision on how
 * custom SQL is fenced.
 */
export async function assertFenced(reader: Reader, sql: string): Promise<void> {
  const analysis = await analyseStatement(reader, sql)
  if ('code' in analysis) {
    if (analysis.code === notAllowed && !(await mayAnalyse(reader))) refuse(sqlUncheckable)
    throw new Refusal(sqlRefused, wordsOf(analysis))
  }
  const fault =
    faultOfTree(analysis) ?? (await faultOfFunctions(reader, analysis)) ?? (await faultOfOperators(reader, analysis))
  if (fault !== undefined) throw new Refusal(sqlRefused, fault)
}

function wordsOf({ message }: Fault): string {
  // It becomes a view for a moment, which is none of the writer's business.
  if (/^views? must not|view/i.test(message)) return 'It must be one SELECT that changes nothing'
  return `PostgreSQL says: ${message}`
}

function faultOfTree({ tree, views }: Analysis): string | undefined {
  // Names and texts of the writer are escaped in a tree: a brace of theirs has a backslash before it.
  const node = namesIn(tree, /(?<!\\)\{([A-Z]+)/g).find((name) => !knownNodes.has(name))
  if (node !== undefined) return `What PostgreSQL calls ${node} may not be used here`
  if (namesIn(tree, /:commandType (\d+)/g).some((command) => command !== '1'))
    return 'It must be one SELECT that changes nothing'
  if (/:(hasModifyingCTE|hasForUpdate|hasRecursive|cterecursive) true/.test(tree))
    return 'It must neither change, nor lock, nor repeat itself'
  const sources = [...tree.matchAll(/:rtekind (\d+)(?: :relid (\d+))?/g)]
  if (sources.some(([, kind = '']) => kind !== ofRelation && !knownSources.has(kind)))
    return 'Rows come from the datasets alone, by their names'
  const relations = sources.flatMap(([, kind, relation = '']) => (kind === ofRelation ? [relation] : []))
  // Each view is read once: by the dataset that it stands for.
  const isAsGiven = relations.toSorted().join() === views.toSorted().join()
  return isAsGiven ? undefined : 'Rows come from the datasets alone, by their names'
}

async function faultOfFunctions(reader: Reader, { tree }: Analysis): Promise<string | undefined> {
  const called = namesIn(tree, /:(?:funcid|aggfnoid|winfnoid) (\d+)/g)
  const beneath = namesIn(tree, /:opfuncid (\d+)/g).filter((id) => id !== '0')
  const known = new Map((await describeFunctions(reader, [...called, ...beneath])).map((one) => [one.id, one]))
  for (const id of called) {
    const found = known.get(id)
    const isKnown = found?.isBuiltIn && !found.isVolatile && (knownFunctions.has(found.name) || found.isCast)
    if (!isKnown) return `${found?.signature ?? 'A function'} may not be used here`
  }
  const operator = beneath.find((id) => !known.get(id)?.isBuiltIn || known.get(id)?.isVolatile)
  return operator === undefined ? undefined : 'An operator may not be used here'
}

async function faultOfOperators(reader: Reader, { tree }: Analysis): Promise<string | undefined> {
  const used = namesIn(tree, /:opno (\d+)/g)
  const known = new Map((await describeOperators(reader, used)).map((one) => [one.id, one]))
  const at = used.find((id) => !known.get(id)?.isBuiltIn || !knownOperators.has(known.get(id)?.name ?? ''))
  return at === undefined ? undefined : `The operator ${known.get(at)?.name ?? ''} may not be used here`
}

function namesIn(tree: string, pattern: RegExp): string[] {
  return [...new Set([...tree.matchAll(pattern)].map(([, found = '']) => found))]
}
