import type { AuditWriter } from '../platform/audit-entry.ts'
import { recordEntries } from './entry-queries.ts'

/** Appends entries to the chain of a tenant. Takes the chain's head lock, which is held until commit: call it last. */
export const writeAudit: AuditWriter = async (tx, tenantId, entries) => {
  if (entries.length > 0) await recordEntries(tx, tenantId, JSON.stringify(entries))
}
