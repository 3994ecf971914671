import { readFileSync } from 'node:fs'
import { writeAudit } from './audit/index.ts'
import { withProduct } from './cli-installation.ts'
import { type CliCommand, print } from './cli-support.ts'
import { importEcbFile } from './fx/index.ts'
import { parseConfig } from './platform/config.ts'
import { OperatorError, UsageError } from './platform/explain.ts'
import { now } from './platform/time.ts'
import { assertMigrated } from './verify.ts'

/** Imports a file of exchange rates, for the operator: the history at first, or days on which none could be fetched. */
export const importFxCommand: CliCommand = {
  synopsis: 'import-fx FILE [--corrections]',
  summary: 'Import rates of the European Central Bank: its CSV or XML, plain, gzipped or zipped.',
  options: { corrections: { type: 'boolean' } },
  async run({ corrections }, [file, ...more]) {
    if (file === undefined || more.length > 0) throw new UsageError(`comptoir ${this.synopsis}`)
    const bytes = readFile(file)
    return withProduct(async ({ databases }, installation) => {
      await assertMigrated(installation)
      const { environment } = parseConfig(process.env)
      const importing = { databases, now: now(), corrects: corrections === true, writeAudit, environment }
      const imported = await importEcbFile(importing, bytes).catch((error: unknown) => {
        throw error instanceof OperatorError ? new OperatorError(`${file}: ${error.message}`, { cause: error }) : error
      })
      const { rates, days, recorded, corrected, differing, unknown } = imported
      if (unknown.length > 0) print(`Passed over ${unknown.join(', ')}: no currency here has this code.`)
      print(`${recorded} rates recorded, of ${rates} on ${days} days.`)
      if (corrected > 0) print(`${corrected} of those recorded before were corrected.`)
      if (differing > 0) print(`${differing} differ from those recorded, which hold: --corrections takes the file's.`)
      return 0
    })
  },
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new UsageError(`The file cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
