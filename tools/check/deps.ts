import { posix } from 'node:path'
import { isCode, moduleOf } from './places.ts'
import type { Hit } from './rule.ts'
import type { File, Tree } from './tree.ts'

export type Module = {
  name: string
  /** Modules it may import, as listed. */
  imports: string[]
  /** Its files that web/ may import, as paths from the root. */
  web: string[]
  /** Line of server/DEPS. */
  line: number
  /** Line of its `web:` list. */
  webLine: number
}

const LIST = 'server/DEPS'
const COMPOSITION = ['server/main.ts', 'server/cli.ts', 'server/registry.ts']
const OUTSIDE_FOR_TESTS = /^(db\/types\.ts$|tests\/|[^/]+$)/
const OUTSIDE = /^(db\/types\.ts$|[^/]+$)/

/**
 * Compares every import below server/ and web/ with server/DEPS: an import that is not listed fails, and so does a
 * listed one that nothing uses.
 */
export function checkDeps(tree: Tree): Hit[] {
  const text = tree.get(LIST)?.text
  if (text === undefined)
    return [hit(LIST, 1, 'is missing: list every folder of server/ as `module: dep dep`, in order')]
  const modules = parseDeps(text)
  const found = [...tree.values()].filter((file) => isCode(file.path)).flatMap((file) => importsOf(file))
  return [
    ...checkFolders(tree, modules),
    ...checkOrder(modules),
    ...found.flatMap((found) => checkImport(found, modules)),
    ...checkStale(tree, modules, found),
  ]
}

/** Reads `module: dep dep` lines and the `web: path path` lines below them; `#` starts a comment. */
export function parseDeps(text: string): Module[] {
  const modules: Module[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const [name, list] = raw.replace(/#.*/, '').split(':')
    if (!name?.trim()) continue
    const items = list?.trim().split(/\s+/).filter(Boolean) ?? []
    const last = modules.at(-1)
    if (name.trim() === 'web' && last) {
      last.web = items.map((item) => `server/${last.name}/${item}`)
      last.webLine = index + 1
    } else {
      modules.push({ name: name.trim(), imports: items, web: [], line: index + 1, webLine: index + 1 })
    }
  }
  return modules
}

type Import = { from: string; to: string; line: number; typeOnly: boolean }

function importsOf(file: File): Import[] {
  if (!/^(server|web)\//.test(file.path)) return []
  return file.source.imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, start, typeOnly }) => {
      const to = posix.join(posix.dirname(file.path), specifier)
      return { from: file.path, to, line: file.lineAt(start), typeOnly }
    })
}

function checkFolders(tree: Tree, modules: Module[]): Hit[] {
  const listed = new Set(modules.map((module) => module.name))
  const folders = new Set([...tree.keys()].flatMap((path) => moduleOf(path) ?? []))
  return [
    ...[...folders]
      .filter((name) => !listed.has(name))
      .map((name) => hit(LIST, 1, `has no line for server/${name}/: add \`${name}: …\` below what it imports`)),
    ...modules
      .filter((module) => !folders.has(module.name))
      .map((module) => hit(LIST, module.line, `\`${module.name}\` is not a folder of server/: delete the line`)),
  ]
}

function checkOrder(modules: Module[]): Hit[] {
  const hits: Hit[] = []
  const above = new Set<string>()
  for (const { name, imports, line } of modules) {
    if (above.has(name)) hits.push(hit(LIST, line, `\`${name}\` is listed twice: keep one line`))
    if (name === 'platform' && imports.length > 0) {
      hits.push(hit(LIST, line, 'platform imports no module: pass what it needs as an argument'))
    }
    for (const item of imports.filter((item) => !above.has(item))) {
      hits.push(
        hit(
          LIST,
          line,
          `\`${name}\` lists \`${item}\`, which is not above it: move the shared part down, or the line up`,
        ),
      )
    }
    above.add(name)
  }
  return hits
}

function checkImport({ from, to, line, typeOnly }: Import, modules: Module[]): Hit[] {
  const target = moduleOf(to)
  const own = moduleOf(from)
  const web = modules.flatMap((module) => module.web)
  const refuse = (message: string) => [hit(from, line, `imports ${to}: ${message}`)]

  if (from.startsWith('web/')) {
    if (to.startsWith('web/') || web.includes(to) || (typeOnly && to === 'server/registry.ts')) return []
    return refuse(`list it as \`web:\` of its module in ${LIST}, or use the typed client of web/api.ts`)
  }
  if (web.includes(from) && to.startsWith('server/') && !typeOnly) {
    if (!web.includes(to))
      return refuse(`${from} runs in the browser, so list ${to} as \`web:\` in ${LIST} or import only its type`)
    if (own === target) return []
  }
  if (target === undefined) {
    if (own === undefined && to.startsWith('server/')) return []
    if (to.startsWith('server/')) return refuse('modules never import composition; take what you need as an argument')
    const allowed = /\.test\.tsx?$/.test(from) ? OUTSIDE_FOR_TESTS : OUTSIDE
    return allowed.test(to) ? [] : refuse('the server imports db/types.ts and itself; move what you need into server/')
  }
  if (own === target) return []
  const door = target === 'platform' || to === `server/${target}/index.ts` || (web.includes(from) && web.includes(to))
  if (!door) return refuse(`go through the door, server/${target}/index.ts`)
  if (own === undefined) {
    return COMPOSITION.includes(from)
      ? []
      : refuse(`only ${COMPOSITION.join(', ')} compose modules; move this file into one`)
  }
  const allowed = modules.find((module) => module.name === own)?.imports.includes(target)
  return allowed
    ? []
    : refuse(`\`${own}\` may not import \`${target}\`; add it to ${LIST}, or turn the dependency round`)
}

function checkStale(tree: Tree, modules: Module[], found: Import[]): Hit[] {
  const web = new Set(modules.flatMap((module) => module.web))
  return modules.flatMap(({ name, imports, web: files, line, webLine }) => [
    ...imports
      .filter((item) => !found.some(({ from, to }) => moduleOf(from) === name && moduleOf(to) === item))
      .map((item) => hit(LIST, line, `\`${name}\` no longer imports \`${item}\`: delete the entry`)),
    ...files
      .filter((path) => !found.some(({ from, to }) => to === path && (from.startsWith('web/') || web.has(from))))
      .map((path) =>
        hit(
          LIST,
          webLine,
          `${path} is not imported by web/${tree.has(path) ? '' : ' and does not exist'}: delete the entry`,
        ),
      ),
  ])
}

function hit(path: string, line: number, message: string): Hit {
  return { path, line, message }
}
