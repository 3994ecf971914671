import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAudit } from '../../server/audit/index.ts'
import { importEcbFile } from '../../server/fx/index.ts'
import { now } from '../../server/platform/time.ts'
import type { TestServer } from './server.ts'

/** A slice of the history as the European Central Bank publishes it. */
export const ecbSlice = readFileSync(join(import.meta.dirname, '../golden/fx/eurofxref-slice.csv'))

/** The slice read by other means than the product's: for each day, what one euro was worth, euros included. */
export function readSlice(): Map<string, Map<string, string>> {
  const [header = '', ...lines] = ecbSlice.toString('utf8').trimEnd().split('\n')
  const codes = header.split(',').slice(1, -1)
  return new Map(
    lines.map((line) => {
      const [day = '', ...cells] = line.split(',')
      const rates = codes.flatMap((code, index) => {
        const { [index]: cell = 'N/A' } = cells
        return cell === 'N/A' ? [] : [[code, cell] as const]
      })
      return [day, new Map([['EUR', '1'], ...rates])]
    }),
  )
}

/** Imports a file of the European Central Bank, as the operator does. */
export function importRates(
  { product: { databases } }: Pick<TestServer, 'product'>,
  text: string | Buffer,
  { corrects = false } = {},
) {
  return importEcbFile({ databases, now: now(), corrects, writeAudit, environment: 'test' }, Buffer.from(text))
}
