import { isCode, isConfiguration, isServer, isTest } from './places.ts'
import { eachFile, forbidden, matches, type Rule } from './rule.ts'
import type { File } from './tree.ts'

const FUNCTION_LINES = 70
const FILE_LINES = 300
const TEST_FILE_LINES = 500
const COMPOSITION_ROOT_LINES = 100

/** Rules of the language: sizes, types, classes, exports, comments. */
export const codeRules: Rule[] = [
  eachFile({
    name: 'function-length',
    files: isCode,
    check: (file) =>
      file.source.functions
        .map(({ start, end }) => ({ at: start, lines: file.lineAt(end) - file.lineAt(start) + 1 }))
        .filter(({ lines }) => lines > FUNCTION_LINES)
        .map(({ at, lines }) => ({
          at,
          message: `use functions of at most ${FUNCTION_LINES} lines instead of one of ${lines}: name the steps and call them`,
        })),
  }),
  eachFile({
    name: 'file-length',
    files: isCode,
    check: (file) => {
      const lines = file.text.trimEnd().split('\n').length
      const limit = lineLimit(file.path)
      return lines > limit ? [{ at: 0, message: `use files of at most ${limit} lines instead of one of ${lines}` }] : []
    },
  }),
  eachFile({ name: 'type-escape', files: isCode, check: typeEscapes }),
  eachFile({
    name: 'class',
    files: isCode,
    check: (file) =>
      file.source.classes
        .filter(({ superClass, start }) => !superClass.endsWith('Error') && !holdsResource(file, start))
        .map(({ start }) => ({
          at: start,
          message:
            'use functions and plain objects instead of a class; one that must hold a resource says `// holds: <resource>` right above',
        })),
  }),
  eachFile({
    name: 'erasable-syntax',
    files: isCode,
    check: (file) => [
      ...matches(
        file.source.code,
        /^\s*(export )?(declare )?(const )?enum\b/gm,
        'use a union of literals instead of `$0`',
      ),
      ...matches(file.source.code, /^\s*(export )?(declare )?namespace\b/gm, 'use a file instead of `$0`'),
      ...file.source.classes
        .filter(({ decorated }) => decorated)
        .map(({ start }) => ({ at: start, message: 'use a function call instead of a decorator' })),
    ],
  }),
  forbidden({
    name: 'default-export',
    // A declaration file says what another package exports.
    files: (path) => isCode(path) && !isConfiguration(path) && !path.endsWith('.d.ts'),
    pattern: /\bexport default\b|\bas default\b/g,
    message: 'use a named export instead of `$0`',
  }),
  eachFile({ name: 'doc-comment', files: isServer, check: undocumentedExports }),
]

function lineLimit(path: string): number {
  if (path === 'server/main.ts') return COMPOSITION_ROOT_LINES
  return isTest(path) ? TEST_FILE_LINES : FILE_LINES
}

const UNSAFE_TYPE = /\bas any\b/g
const DIRECTIVE = /@ts-(?:ignore|nocheck|expect-error)|biome-ignore/
const GIVES_REASON = /(?:@ts-expect-error|biome-ignore[^:]*):\s*(?!<)\S/

function typeEscapes(file: File) {
  const directives = file.source.comments.flatMap(({ start, text }) => {
    const directive = DIRECTIVE.exec(text)?.[0]
    if (directive === undefined || GIVES_REASON.test(text)) return []
    const instead = directive === 'biome-ignore' ? 'biome-ignore <rule>: <reason>' : '@ts-expect-error: <reason>'
    return [{ at: start, message: `use \`${instead}\` instead of a bare \`${directive}\`, or fix what it hides` }]
  })
  const unsafe = matches(file.source.code, UNSAFE_TYPE, 'use `unknown` and a check, or the right type, instead of `$0`')
  return [...directives, ...unsafe]
}

function holdsResource(file: File, start: number): boolean {
  const above = file.text.slice(0, file.text.lastIndexOf('\n', start)).trimEnd()
  return /\/\/ holds: \S.*$/.test(above.slice(above.lastIndexOf('\n') + 1))
}

function undocumentedExports(file: File) {
  let previous = ''
  return Array.from(file.source.code.matchAll(/^export (?:async )?function\*? (\w+)/gm)).flatMap((match) => {
    const name = match[1] ?? ''
    const overload = name === previous
    previous = name
    const comment = file.source.comments.findLast(({ start }) => start < match.index)
    const documented = comment?.text.startsWith('*') && comment.start + comment.text.length + 5 === match.index
    if (overload || documented) return []
    return [
      {
        at: match.index,
        message: `use \`/** … */\` right above \`${name}\` instead of nothing: shapes, units, errors`,
      },
    ]
  })
}
