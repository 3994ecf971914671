import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { lineAt, readSource, type Source } from './source.ts'

/** One file of the repository; `text` and `source` are read when first asked for. */
export type File = {
  /** Relative to the root, with `/`. */
  path: string
  bytes: number
  text: string
  /** Only for code; a rule asks for it only where `isCode(path)`. */
  source: Source
  lineAt: (offset: number) => number
}

/** The files git tracks, and those it would if they were added now, by path in order. */
export type Tree = Map<string, File>

/** Reads the working tree under `root`, which must be a git checkout. */
export function readTree(root: string): Tree {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  const paths = [...new Set(listed.split('\0'))].filter(Boolean).sort()
  const files = paths.flatMap((path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    return stat?.isFile() ? [file(path, stat.size, () => readFileSync(join(root, path), 'utf8'))] : []
  })
  return new Map(files.map((entry) => [entry.path, entry]))
}

/** A tree of files that exist nowhere but here, to try a rule on. */
export function treeOf(texts: Record<string, string>): Tree {
  const files = Object.entries(texts).map(([path, text]) => file(path, Buffer.byteLength(text), () => text))
  return new Map(files.sort((a, b) => (a.path < b.path ? -1 : 1)).map((entry) => [entry.path, entry]))
}

function file(path: string, bytes: number, read: () => string): File {
  let text: string | undefined
  let source: Source | undefined
  return {
    path,
    bytes,
    get text() {
      text ??= read()
      return text
    },
    get source() {
      source ??= readSource(path, this.text)
      return source
    },
    lineAt(offset) {
      return lineAt(this.text, offset)
    },
  }
}
