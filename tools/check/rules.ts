import { codeRules } from './code-rules.ts'
import { databaseRules } from './database-rules.ts'
import { documentRules, styleNames } from './document-rules.ts'
import { domainRules } from './domain-rules.ts'
import { layoutRules } from './layout-rules.ts'
import type { Finding, Rule } from './rule.ts'
import { testRules } from './test-rules.ts'
import type { Tree } from './tree.ts'

/** The parts of `npm run check` beside the house rules; STYLE.md may name them too. */
const PARTS = ['types', 'biome', 'knip', 'deps', 'generated']

const held = [...codeRules, ...domainRules, ...testRules, ...layoutRules, ...databaseRules, ...documentRules]

/** Every rule of the house. STYLE.md says what each is for. */
export const houseRules: Rule[] = [...held, styleNames([...held.map((rule) => rule.name), 'style-names'], PARTS)]

/** What the rules of the house find in a tree. */
export function checkHouseRules(tree: Tree): Finding[] {
  return houseRules.flatMap((rule) => rule.check(tree).map((hit) => ({ ...hit, check: rule.name })))
}
