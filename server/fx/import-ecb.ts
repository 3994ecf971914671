import { type Auditing, systemEntry } from '../platform/audit-entry.ts'
import { type Databases, inTransaction, withRetries } from '../platform/database.ts'
import { nobody } from '../platform/identifiers.ts'
import { type EcbRate, readEcbFile } from './ecb-file.ts'
import { readCurrencyCodes, recordPublicRates } from './queries.ts'

interface Importing extends Auditing {
  readonly databases: Pick<Databases, 'app'>
  /** The time of the import. */
  readonly now: Date
}

interface Imported {
  /** How many rates the file has, those passed over not counted. */
  readonly rates: number
  readonly days: number
  /** How many were new, or other than before. */
  readonly recorded: number
  /** The codes in the file that are no currencies here. */
  readonly unknown: readonly string[]
}

/**
 * Records what is new in a file of the European Central Bank, all or nothing; a rate that changed is recorded beside the
 * one before. Leaves an entry in the platform's chain when anything was new. Throws what `readEcbFile` throws.
 */
export async function importEcbFile(importing: Importing, bytes: Buffer): Promise<Imported> {
  const { databases, now, writeAudit, environment } = importing
  const read = readEcbFile(bytes, now.toISOString().slice(0, 10))
  const once = () =>
    inTransaction(databases.app, nobody, async (tx) => {
      const known = await readCurrencyCodes(tx.client)
      const rates = read.filter(({ quote }) => known.has(quote))
      const recorded = await recordPublicRates(tx.client, nobody, rates)
      const summary = { rates: rates.length, days: daysOf(rates).size, recorded, unknown: unknownOf(read, known) }
      if (recorded > 0) {
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
