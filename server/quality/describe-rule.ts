import type { RuleConfig } from './contract.ts'
import { boundsOf } from './judge-queries.ts'

const bounds = { at_least: 'below', above: 'not above', at_most: 'above', below: 'not below' } as const

/** What is wrong with a row that such a rule finds, or with the dataset, in a few words without a value of it. */
export function describeFault(config: RuleConfig): string {
  switch (config.kind) {
    case 'not_null':
      return `${config.column} is empty`
    case 'range':
      return `${config.column} is ${boundsOf(config)
        .map(([name, bound]) => `${bounds[name]} ${bound}`)
        .join(' or ')}`
    case 'unique':
      return `${config.columns.join(', ')} is there more than once`
    case 'reference':
      return `${config.column} is no ${config.of.column} of ${config.of.dataset}`
    case 'freshness':
      return `The newest row is older than ${config.max_age_hours} hours`
    case 'row_count_change':
      return 'There are more or fewer rows than expected'
    case 'pattern':
      return `${config.column} does not match ${config.pattern}`
    case 'custom_sql':
      return 'The statement found it'
  }
}
