import type { File, Tree } from './tree.ts'

/** A place that breaks a rule, and what to use instead. `line` is 1-based. */
export type Hit = { path: string; line: number; message: string }

/** A hit with the name of the check that found it. */
export type Finding = Hit & { check: string }

/** A rule of the house; STYLE.md names it as `check: <name>`. */
export type Rule = {
  name: string
  check: (tree: Tree) => Hit[]
}

/** A rule that looks at each file alone; `check` answers offsets into the text with a message each. */
export function eachFile(rule: {
  name: string
  files: (path: string) => boolean
  check: (file: File) => { at: number; message: string }[]
}): Rule {
  return {
    name: rule.name,
    check: (tree) =>
      [...tree.values()]
        .filter((file) => rule.files(file.path))
        .flatMap((file) =>
          rule.check(file).map(({ at, message }) => ({ path: file.path, line: file.lineAt(at), message })),
        ),
  }
}

/** A rule that forbids a pattern in code (never in comments or strings); `$0` in the message is what was found. */
export function forbidden(rule: {
  name: string
  files: (path: string) => boolean
  pattern: RegExp
  message: string
}): Rule {
  return eachFile({
    name: rule.name,
    files: rule.files,
    check: (file) => matches(file.source.code, rule.pattern, rule.message),
  })
}

/** Every match of a global pattern in a text, with `$0` of the message replaced by it. */
export function matches(text: string, pattern: RegExp, message: string): { at: number; message: string }[] {
  return Array.from(text.matchAll(pattern), (match) => ({
    at: match.index,
    message: message.replace('$0', match[0].trim()),
  }))
}
