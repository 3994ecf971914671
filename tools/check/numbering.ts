import { posix } from 'node:path'
import type { Hit } from './rule.ts'

/** Checks that files are named by `pattern`, whose first group is the number, and numbered 1, 2, 3 … without a gap. */
export function checkNumbering(paths: string[], expected: { pattern: RegExp; shape: string }): Hit[] {
  const named = paths.map((path) => ({ path, number: expected.pattern.exec(posix.basename(path))?.[1] }))
  const misnamed = named
    .filter(({ number }) => number === undefined)
    .map(({ path }) => ({
      path,
      line: 1,
      message: `use a name like ${expected.shape} instead of ${posix.basename(path)}`,
    }))
  const numbered = named.filter(({ number }) => number !== undefined)
  const gaps = numbered
    .map(({ path, number = '' }, index) => ({ path, number, next: String(index + 1).padStart(number.length, '0') }))
    .filter(({ number, next }) => number !== next)
    .slice(0, 1)
    .map(({ path, number, next }) => ({
      path,
      line: 1,
      message: `use number ${next} instead of ${number}: numbers have no gap and no double`,
    }))
  return [...misnamed, ...gaps]
}
