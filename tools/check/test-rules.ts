import { isCode, isConfiguration, isTest, isTestFile } from './places.ts'
import { eachFile, forbidden, type Rule } from './rule.ts'
import type { File } from './tree.ts'

/** Rules that keep the tests honest: all of them run, none waits for luck, none mocks what it asserts. */
export const testRules: Rule[] = [
  forbidden({
    name: 'test-wait',
    files: isTestFile,
    pattern: /\bsetTimeout\(|\bsetInterval\(|\bsleep\(/g,
    message: "use the harness's `until(condition)` instead of `$0`",
  }),
  forbidden({
    name: 'test-skip',
    files: (path) => isTest(path) || (isConfiguration(path) && isCode(path)),
    pattern: /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf|fails)\b|\bretry\s*:/g,
    message: 'use a test that always runs, once, and passes instead of `$0`: fix it or delete it',
  }),
  eachFile({ name: 'test-mock', files: isTest, check: mocks }),
]

const GLOBALS = ['process', 'console', 'globalThis', 'Math', 'performance', 'crypto']

// A spy on Node or a library is fine, on what it imports by name; anything else is taken for ours.
function mocks(file: File) {
  const foreign = file.source.imports.filter(({ specifier }) => !specifier.startsWith('.')).map(({ clause }) => clause)
  const isForeign = (name: string) =>
    GLOBALS.includes(name) || foreign.some((clause) => clause.split(/[^\w$]+/).includes(name))
  return Array.from(file.source.code.matchAll(/\bvi\s*\.(?:mock|doMock|hoisted|spyOn)\b(?:\(\s*([\w$]+))?/g))
    .filter((match) => !match[0].includes('spyOn') || !isForeign(match[1] ?? ''))
    .map((match) => ({
      at: match.index,
      message: `use the real thing on the harness's database, or pass an argument, instead of \`${match[0].split('(')[0]}\``,
    }))
}
