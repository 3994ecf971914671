import { posix } from 'node:path'
import { checkNumbering } from './numbering.ts'
import { isCode, isMarkdown, isSql } from './places.ts'
import { eachFile, matches, type Rule } from './rule.ts'
import type { File, Tree } from './tree.ts'

/** Rules for documents, and for text wherever it stands. */
export const documentRules: Rule[] = [
  eachFile({
    name: 'unfinished',
    files: (path) => isCode(path) || isSql(path) || isMarkdown(path),
    check: (file) => matches(prose(file), UNFINISHED, 'use finished work, or an issue of the tracker, instead of `$0`'),
  }),
  {
    name: 'doc-links',
    check: (tree) =>
      [...tree.values()].filter(({ path }) => path.endsWith('.md')).flatMap((file) => brokenLinks(file, tree)),
  },
  {
    name: 'decision-names',
    check: (tree) =>
      checkNumbering(
        [...tree.keys()].filter((path) => /^docs\/decisions\/(?!README\.md$)/.test(path)),
        { pattern: /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md$/, shape: 'docs/decisions/NNNN-title.md' },
      ),
  },
  {
    name: 'machine-path',
    check: (tree) =>
      [...tree.values()]
        .filter(({ path, bytes }) => bytes <= TEXT_BYTES && !path.startsWith('examples/'))
        .flatMap((file) =>
          matches(file.text, MACHINE_PATH, 'use a path relative to the repository instead of `$0`').map(
            ({ at, message }) => ({ path: file.path, line: file.lineAt(at), message }),
          ),
        ),
  },
]

/**
 * Holds STYLE.md and the checks together: every `check: name` there exists, and every rule of the house is there.
 * `rules` are the house rules, `others` what else STYLE.md may name.
 */
export function styleNames(rules: string[], others: string[]): Rule {
  return {
    name: 'style-names',
    check: (tree) => {
      const style = tree.get('STYLE.md')
      if (!style) return []
      const named = Array.from(style.text.matchAll(/\bcheck: `?([a-z][a-z-]*)`?((?:, `?[a-z][a-z-]*`?)*)/g))
      const mentions = named.flatMap((match) =>
        `${match[1]}${match[2]}`.split(', ').map((name) => ({ at: match.index, name: name.replaceAll('`', '') })),
      )
      const known = [...rules, ...others]
      const unknown = mentions.filter(({ name }) => !known.includes(name))
      const silent = rules.filter((rule) => !mentions.some(({ name }) => name === rule))
      return [
        ...unknown.map(({ at, name }) => ({
          path: style.path,
          line: style.lineAt(at),
          message: `use the name of a check, or "judgement", instead of \`${name}\``,
        })),
        ...silent.map((rule) => ({
          path: style.path,
          line: 1,
          message: `use a line with \`check: ${rule}\` instead of leaving that rule out`,
        })),
      ]
    },
  }
}

const UNFINISHED = /\b(?:TODO|FIXME|XXX)\b/g
const TEXT_BYTES = 512 * 1024

// The home of root is also the home inside a container image, where caches have a fixed place.
const MACHINE_PATH = /(?<![\w.\-\\/])\/(?:work|root)\/(?!\.(?:npm|cache)\b)[\w.-]*/g

/** What a person reads in a file: comments of code, a document without its code. Offsets are kept. */
function prose(file: File): string {
  if (isMarkdown(file.path)) return withoutCode(file.text)
  if (!isCode(file.path)) return file.text
  const characters = file.text.replace(/[^\n]/g, ' ').split('')
  for (const { start, text } of file.source.comments) {
    for (const [index, character] of text.split('').entries()) characters[start + 2 + index] = character
  }
  return characters.join('')
}

function withoutCode(markdown: string): string {
  const code = /^(```+|~~~+)[\s\S]*?^\1|(`+)[^`][\s\S]*?\2|<!--[\s\S]*?-->/gm
  return markdown.replace(code, (hidden) => hidden.replace(/[^\n]/g, ' '))
}

const LINK = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s+(\S+)/gm

function brokenLinks(file: File, tree: Tree) {
  return Array.from(withoutCode(file.text).matchAll(LINK)).flatMap((match) => {
    const link = match[1] ?? match[2] ?? ''
    if (/^(?:[a-z][a-z+.-]*:|\/\/)/i.test(link)) return []
    const [path = '', anchor] = decodeURI(link).split('#')
    const target = path ? posix.join(path.startsWith('/') ? '' : posix.dirname(file.path), path) : file.path
    if (resolves(tree, target.replace(/^\/|\/$/g, ''), anchor)) return []
    const message = `use a path and heading that exist instead of \`${link}\``
    return [{ path: file.path, line: file.lineAt(match.index), message }]
  })
}

function resolves(tree: Tree, path: string, anchor: string | undefined): boolean {
  const file = tree.get(path)
  if (!file) return path === '.' || [...tree.keys()].some((known) => known.startsWith(`${path}/`))
  if (!anchor || !path.endsWith('.md')) return true
  const headings = Array.from(file.text.matchAll(/^#+\s+(.*)$/gm), (match) => slug(match[1] ?? ''))
  return headings.includes(anchor)
}

/** The anchor that GitHub gives a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}
