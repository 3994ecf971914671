import { join } from 'node:path'
import { checkDeps } from './check/deps.ts'
import { checkBiome, checkKnip, checkTypes } from './check/external.ts'
import type { Finding } from './check/rule.ts'
import { checkHouseRules } from './check/rules.ts'
import { readTree } from './check/tree.ts'
import { outdatedFiles } from './generate.ts'

const root = join(import.meta.dirname, '..')

type Part = { name: string; run: () => Promise<Finding[]> }

// The first four mostly wait for other processes; the last two keep this one busy meanwhile.
const parts: Part[] = [
  { name: 'types', run: () => checkTypes(root) },
  { name: 'biome', run: () => checkBiome(root) },
  { name: 'knip', run: () => checkKnip(root) },
  { name: 'generated', run: checkGenerated },
  { name: 'deps', run: async () => checkDeps(tree()).map((hit) => ({ ...hit, check: 'deps' })) },
  { name: 'house rules', run: async () => checkHouseRules(tree()) },
]

const tree = once(() => readTree(root))
const results = await Promise.all(parts.map(timed))
for (const { name, seconds, found } of results) {
  console.log(
    `${name.padEnd(12)} ${seconds.toFixed(1).padStart(5)} s  ${found.length === 0 ? 'ok' : `${found.length} found`}`,
  )
}
const findings = results.flatMap(({ found }) => found)
for (const { path, line, check, message } of findings) console.log(`${path}:${line} ${check}: ${message}`)
process.exitCode = findings.length === 0 ? 0 : 1

async function timed({ name, run }: Part) {
  const started = performance.now()
  const found = await run().catch((error: Error) => [
    { check: name, path: '.', line: 1, message: `failed: ${error.message}` },
  ])
  return { name, found, seconds: (performance.now() - started) / 1000 }
}

async function checkGenerated(): Promise<Finding[]> {
  return (await outdatedFiles()).map(({ path, line, content }) => ({
    check: 'generated',
    path,
    line,
    message:
      content === undefined ? 'nothing generates this file: delete it' : 'is out of date: run `npm run generate`',
  }))
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
