import { folderOf, isCode, isTest, moduleOf } from './places.ts'
import type { Hit, Rule } from './rule.ts'
import type { Tree } from './tree.ts'

const MODULE_FILES = 25
// The platform is no module: it has no nouns to split it by, and nothing in it may lie deeper.
const PLATFORM_FILES = 40
const README_LINES = 60
const FILE_BYTES = 512 * 1024

/** Rules about which files there are and where. */
export const layoutRules: Rule[] = [
  {
    name: 'folder-depth',
    check: (tree) =>
      pathsOf(tree, (path) => path.startsWith('server/') && path.split('/').length > 3).map((path) =>
        hit(path, 'use server/<module>/<file> instead of a deeper folder: two modules, or a longer file name'),
      ),
  },
  {
    name: 'module-size',
    check: (tree) =>
      foldersOf(tree).flatMap((name) => {
        const files = pathsOf(tree, (path) => folderOf(path) === name && !isTest(path))
        const limit = name === 'platform' ? PLATFORM_FILES : MODULE_FILES
        const message = `use two modules instead of one of ${files.length} files; ${limit} is the most (tests not counted)`
        return files.length > limit ? [hit(`server/${name}`, message)] : []
      }),
  },
  {
    name: 'module-readme',
    check: (tree) =>
      foldersOf(tree).flatMap((name) => {
        const path = `server/${name}/README.md`
        const lines = tree.get(path)?.text.trimEnd().split('\n').length
        if (lines === undefined) return [hit(path, 'use a README.md (nouns, tables owned, invariants) instead of none')]
        const message = `use at most ${README_LINES} lines instead of ${lines}: the rest belongs in docs/`
        return lines > README_LINES ? [hit(path, message)] : []
      }),
  },
  {
    name: 'module-door',
    check: (tree) => businessModulesOf(tree).flatMap((name) => checkDoor(tree, `server/${name}/index.ts`)),
  },
  {
    name: 'module-contract',
    check: (tree) =>
      businessModulesOf(tree)
        .filter((name) => pathsOf(tree, (path) => moduleOf(path) === name && /operations\.ts$/.test(path)).length > 0)
        .map((name) => `server/${name}/contract.ts`)
        .filter((path) => !tree.has(path))
        .map((path) => hit(path, 'use a contract.ts (schemas, refusal codes, permissions) instead of none')),
  },
  {
    name: 'file-size',
    check: (tree) =>
      [...tree.values()]
        .filter(
          ({ path, bytes }) => bytes > FILE_BYTES && path !== 'package-lock.json' && !path.startsWith('examples/'),
        )
        .map(({ path }) =>
          hit(path, `use a file of at most ${FILE_BYTES / 1024} KB, or one in examples/, instead of this one`),
        ),
  },
]

/** Folders of server/ that hold code, those of the platform and of composition included. */
function foldersOf(tree: Tree): string[] {
  return [...new Set(pathsOf(tree, isCode).flatMap((path) => folderOf(path) ?? []))]
}

function businessModulesOf(tree: Tree): string[] {
  const modules = pathsOf(tree, isCode).flatMap((path) => moduleOf(path) ?? [])
  return [...new Set(modules)].filter((name) => name !== 'platform')
}

function checkDoor(tree: Tree, path: string): Hit[] {
  const file = tree.get(path)
  if (!file) return [hit(path, 'use an index.ts with named exports as the door of the module instead of none')]
  const stars = Array.from(file.source.code.matchAll(/\bexport\s*(?:type\s*)?\*/g), (match) => ({
    path,
    line: file.lineAt(match.index),
    message: 'use `export { name, … } from` instead of `export *`: the door says what it lets out',
  }))
  const message = 'use named exports instead of an empty door'
  return /\bexport\b/.test(file.source.code) ? stars : [hit(path, message)]
}

function pathsOf(tree: Tree, chosen: (path: string) => boolean): string[] {
  return [...tree.keys()].filter(chosen)
}

function hit(path: string, message: string): Hit {
  return { path, line: 1, message }
}
