import { parseArgs } from 'node:util'
import { asSuperuser, temporaryDirectory } from '../harness/process.ts'
import { runImportCrashes } from './import-crashes.ts'
import { runCrashes } from './run.ts'

const { values } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string' }, imports: { type: 'boolean' } },
})
const kills = Number(values.kills ?? 100)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const tell = (line: string) => process.stdout.write(`${line}\n`)
const report = values.imports ? await killImports() : await runCrashes({ kills, seed, tell })
tell(JSON.stringify(report))

async function killImports() {
  const { path, remove } = await temporaryDirectory()
  try {
    const place = { env: { DATA_DIR: path }, asSuperuser: asSuperuser.bind(undefined, path) as never }
    return await runImportCrashes({ kills, seed, tell, place })
  } finally {
    await remove()
  }
}
