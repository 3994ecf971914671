import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDeps } from './deps.ts'

const root = join(import.meta.dirname, '../..')
const BEGIN = '<!-- module map: generated -->'
const END = '<!-- end -->'

/** ARCHITECTURE.md with its module map made anew from server/DEPS and the first sentence of each module's README. */
export async function moduleMapFiles(): Promise<Map<string, string>> {
  const document = await read('ARCHITECTURE.md')
  const modules = parseDeps(await read('server/DEPS'))
  const described = await Promise.all(
    modules.map(async ({ name, imports }) => {
      return { name, imports, purpose: firstSentence(await read(`server/${name}/README.md`)) }
    }),
  )
  return new Map([['ARCHITECTURE.md', replaceMap(document, moduleMap(described))]])
}

/** One row a module, in the order of server/DEPS. */
export function moduleMap(modules: { name: string; imports: string[]; purpose: string }[]): string {
  const rows = modules.map(({ name, imports, purpose }) => {
    const link = `[${name}](server/${name}/README.md)`
    return `| ${link} | ${purpose} | ${imports.join(', ') || 'nothing'} |`
  })
  return ['| module | what it is | may import |', '|---|---|---|', ...rows].join('\n')
}

/** Puts a map between the markers of a document; throws when it has none. */
export function replaceMap(document: string, map: string): string {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END, begin)
  if (begin === -1 || end === -1)
    throw new Error(`ARCHITECTURE.md needs the lines "${BEGIN}" and "${END}" around the module map.`)
  return `${document.slice(0, begin + BEGIN.length)}\n${map}\n${document.slice(end)}`
}

/** The first sentence of the first paragraph that is not a heading. */
export function firstSentence(readme: string): string {
  const paragraph = readme.split(/\n{2,}/).find((part) => part.trim() !== '' && !part.startsWith('#')) ?? ''
  return (/^[\s\S]*?[.:](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph).replace(/\s+/g, ' ').replace(/[.:]$/, '').trim()
}

// A file that is not there yet reads as empty; other checks ask for it.
function read(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8').catch(() => '')
}
