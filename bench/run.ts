import { parseArgs } from 'node:util'
import { benchmarks, type Listed } from './benchmarks.ts'
import { printJson, printTable } from './report.ts'
import type { Stage } from './stage.ts'

interface Arguments {
  benchmark: Listed
  json: boolean
  seconds: number
  sales: number
  file: string | undefined
  isUndone: boolean
}

const usualSeconds = 10
const fewestSales = 100
const wanted = parseArguments(process.argv.slice(2))
if (wanted) await run(wanted)
else {
  process.stderr.write(usage())
  process.exitCode = 2
}

async function run({ benchmark, json, seconds, sales, file, isUndone }: Arguments): Promise<void> {
  const { Stage } = await import('./stage.ts')
  const stage = new Stage()
  closeOnSignals(stage)
  try {
    const { run: measured } = await benchmark.open()
    await stage.open()
    const note = (line: string) => process.stderr.write(`${line}\n`)
    const results = await measured(stage, { seconds, sales, file, isUndone, note })
    await stage.close()
    printTable(results)
    if (json) printJson(benchmark.name, results)
  } catch (error) {
    // What was under way when a signal came fails with whatever it lost; that is no news.
    if (stage.isClosing()) await new Promise<never>(() => {})
    await stage.close()
    process.stderr.write(`The benchmark failed: ${(error as Error).stack ?? error}\n`)
    process.exitCode = 1
  }
}

function closeOnSignals(stage: Stage): void {
  const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
  for (const [signal, number] of Object.entries(signals)) {
    process.on(signal, () => void stage.close().finally(() => process.exit(128 + number)))
  }
}

function parseArguments(given: string[]): Arguments | undefined {
  try {
    const { positionals, values } = parseArgs({
      args: given,
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        seconds: { type: 'string' },
        sales: { type: 'string' },
        file: { type: 'string' },
        undo: { type: 'boolean', default: false },
      },
    })
    const benchmark = benchmarks.find(({ name }) => name === positionals[0])
    if (!benchmark || positionals.length !== 1) return undefined
    const seconds = Number(values.seconds ?? benchmark.seconds ?? usualSeconds)
    const sales = Number(values.sales ?? benchmark.sales ?? fewestSales)
    const isFilled = values.sales === undefined || benchmark.sales !== undefined
    const isRead = (values.file === undefined && !values.undo) || benchmark.readsFile === true
    return seconds > 0 && seconds <= 3600 && isFilled && isRead && Number.isSafeInteger(sales) && sales >= fewestSales
      ? { benchmark, json: values.json, seconds, sales, file: values.file, isUndone: values.undo }
      : undefined
  } catch {
    return undefined
  }
}

function usage(): string {
  const names = benchmarks.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}\n`).join('')
  return (
    'Usage: npm run bench -- <benchmark> [--json] [--seconds N] [--sales N] [--file PATH] [--undo]\n\n' +
    `${names}\n` +
    '  --json       also prints one JSON object, as the last line\n' +
    '  --seconds N  how long each row is measured, its rounds together; 10 unless told (60 of users), fractions allowed\n' +
    '  --sales N    of growth: how many sales a shop has in the end; 1,000,000 unless told, 100 at least;\n' +
    '               of import: how many invoices of twenty lines are made up; 16,000 unless told\n' +
    '  --file PATH  of import: a file with the columns of Online Retail, gzipped or not, in place of lines that are made up\n' +
    '  --undo       of import: takes it all back in the end, and compares the balances with those before\n'
  )
}
