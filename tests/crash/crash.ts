import { parseArgs } from 'node:util'
import { runCrashes } from './run.ts'

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } })
const kills = Number(values.kills ?? 100)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const report = await runCrashes({ kills, seed, tell: (line) => process.stdout.write(`${line}\n`) })
process.stdout.write(`${JSON.stringify(report)}\n`)
