import { isCode, isConfiguration, isTest, isTestFile } from './places.ts'
import { forbidden, type Rule } from './rule.ts'

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
  forbidden({
    name: 'test-mock',
    files: isTest,
    pattern: /\bvi\s*\.(?:mock|doMock|hoisted|spyOn|stubGlobal|fn)\b/g,
    message: "use the real thing on the harness's database, or pass an argument, instead of `$0`",
  }),
]
