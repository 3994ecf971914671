import { type Auditing, systemEntry } from '../platform/audit-entry.ts'
import { type Databases, inTransaction, withRetries } from '../platform/database.ts'
import { nobody } from '../platform/identifiers.ts'
import { type EcbRate, readEcbFile } from './ecb-file.ts'
import { type RecordedPublicly, readCurrencyCodes, recordPublicRates } from './queries.ts'

interface Importing extends Auditing {
  readonly databases: Pick<Databases, 'app'>
  /** The time of the import. */
  readonly now: Date
  /** Whether a rate of the file takes the place of another one that is recorded for its day. */
  readonly corrects: boolean
}

interface Imported extends RecordedPublicly {
  /** How many rates the file has, those passed over not counted. */
  readonly rates: number
  readonly days: number
  /** The codes in the file that are no currencies here. */
  readonly unknown: readonly string[]
}

/**
 * Records what is new in a file of the European Central Bank, all or nothing. A rate other than the one recorded for its day
 * is counted and left out, for the file may be the older one of the two; if the import `corrects`, it is recorded beside
 * that one and holds. Leaves an entry in the platform's chain when anything was recorded. Throws what `readEcbFile` throws.
 */
export async function importEcbFile(importing: Importing, bytes: Buffer): Promise<Imported> {
  const { databases, now, corrects, writeAudit, environment } = importing
  const read = readEcbFile(bytes, now.toISOString().slice(0, 10))
  const once = () =>
    inTransaction(databases.app, nobody, async (tx) => {
      const known = await readCurrencyCodes(tx.client)
      const rates = read.filter(({ quote }) => known.has(quote))
      const counts = await recordPublicRates(tx.client, nobody, { rates, corrects })
      const summary = { rates: rates.length, days: daysOf(rates).size, ...counts, unknown: unknownOf(read, known) }
      if (counts.recorded + counts.corrected > 0) {
        const entry = { event: 'fx.import-rates', severity: 'info', environment, new_values: summary } as const
        await writeAudit(tx, nobody, [systemEntry({ ...entry, resource_type: 'rates', resource_id: 'ecb' })])
      }
      return summary
    })
  return withRetries(once, () => {})
}

function daysOf(rates: readonly EcbRate[]): Set<string> {
  return new Set(rates.map(({ quoted_on }) => quoted_on))
}

function unknownOf(rates: readonly EcbRate[], known: ReadonlySet<string>): string[] {
  return [...new Set(rates.map(({ quote }) => quote))].filter((quote) => !known.has(quote))
}
