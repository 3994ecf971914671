import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { moduleMapFiles } from './check/module-map.ts'
import { referenceFiles } from './reference.ts'
import { withMigratedDatabase } from './schema/database.ts'
import { databaseTypes } from './schema/types.ts'
import { schemaTexts } from './schema.ts'

/** Makes files: path from the root → content. */
export type Generator = () => Promise<Map<string, string>>

/** Every file that a program writes. A new generator is one more line here. */
const generators: Generator[] = [databaseFiles, moduleMapFiles, referenceFiles]

/** Folders that hold nothing but generated files: whatever else lies there is left over. */
const generatedFolders = ['docs/reference', 'db/schema']

const root = join(import.meta.dirname, '..')

/** A generated file that is not what its generator makes; `line` is the first that differs, content undefined means delete it. */
export type Outdated = { path: string; line: number; content: string | undefined }

/** Runs every generator (one throw-away PostgreSQL) and compares with the working tree. */
export async function outdatedFiles(): Promise<Outdated[]> {
  const results = await Promise.allSettled(generators.map((generator) => generator()))
  const made = new Map(results.flatMap((result) => (result.status === 'fulfilled' ? [...result.value] : [])))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  const differing = await Promise.all([...made].map(([path, content]) => compare(path, content)))
  const present = (await Promise.all(generatedFolders.map(filesBelow))).flat()
  const leftOver = present.filter((path) => !made.has(path)).map((path) => ({ path, line: 1, content: undefined }))
  return [...differing.flat(), ...leftOver].sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function databaseFiles(): Promise<Map<string, string>> {
  return withMigratedDatabase(
    async (url) =>
      new Map([
        ...[...(await schemaTexts(url))].map(([name, text]) => [`db/schema/${name}.sql`, text] as const),
        ['db/types.ts', await databaseTypes(url)],
      ]),
  )
}

async function compare(path: string, content: string): Promise<Outdated[]> {
  const current = await readFile(join(root, path), 'utf8').catch(() => '')
  if (current === content) return []
  const lines = content.split('\n')
  const same = current.split('\n').findIndex((line, index) => line !== lines[index])
  return [{ path, line: same === -1 ? lines.length : same + 1, content }]
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

if (import.meta.main) {
  const outdated = await outdatedFiles()
  for (const { path, content } of outdated) {
    if (content === undefined) {
      await rm(join(root, path))
    } else {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), content)
    }
    console.log(`${content === undefined ? 'deleted' : 'wrote'} ${path}`)
  }
  if (outdated.length === 0) console.log('every generated file is current')
}
