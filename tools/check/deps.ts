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

function checkImport(found: Import, modules: Module[]): Hit[] {
  const refusal = found.from.startsWith('web/') ? refuseInWeb(found, modules) : refuseInServer(found, modules)
  return refusal === undefined ? [] : [hit(found.from, found.line, `imports ${found.to}: ${refusal}`)]
}

function refuseInWeb({ to, typeOnly }: Import, modules: Module[]): string | undefined {
  if (to.startsWith('web/') || (typeOnly && to === 'server/registry.ts')) return undefined
  if (modules.some((module) => module.web.includes(to))) return undefined
  return `list it as \`web:\` of its module in ${LIST}, or use the typed client of web/api.ts`
}

function refuseInServer({ from, to, typeOnly }: Import, modules: Module[]): string | undefined {
  const own = moduleOf(from)
  const target = moduleOf(to)
  const web = modules.flatMap((module) => module.web)
  const inServer = to.startsWith('server/')
  if (inServer && !typeOnly && web.includes(from) && !web.includes(to)) {
    return `${from} runs in the browser, so list ${to} as \`web:\` in ${LIST} or import only its type`
  }
  if (own === target && inServer) return undefined
  if (target === undefined) {
    if (inServer) return 'modules never import composition; take what you need as an argument'
    const allowed = /\.test\.tsx?$/.test(from) ? OUTSIDE_FOR_TESTS : OUTSIDE
    return allowed.test(to) ? undefined : 'the server imports db/types.ts and itself; move what you need into server/'
  }
  const door = target === 'platform' || to === `server/${target}/index.ts` || (web.includes(from) && web.includes(to))
  if (!door) return `go through the door, server/${target}/index.ts`
  // Files beside main.ts put the modules together: through their doors, but all of them.
  if (own === undefined || modules.find((module) => module.name === own)?.imports.includes(target)) return undefined
  return `\`${own}\` may not import \`${target}\`; add it to ${LIST}, or turn the dependency round`
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
