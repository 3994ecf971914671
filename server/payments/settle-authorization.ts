import { z } from 'zod'
import { type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Transaction } from '../platform/database.ts'
import { type Job, type JobContext, job } from '../platform/jobs.ts'
import { id } from '../platform/schema.ts'
import { findAuthorization, type NewOutcome, type RecordedOutcome, recordOutcome } from './authorization-queries.ts'
import { settleJob } from './authorize.ts'
import type { Provider, Providers } from './provider.ts'

const timeoutMs = 30_000

interface Parts {
  readonly providers: Providers
  readonly writeAudit: AuditWriter
}

/** Thrown so that the queue tries again later. */
class NotSettled extends Error {}

/**
 * Settles an authorization of which nobody wrote down what the provider said: looks it up, and goes on with undoing it. What the
 * provider never heard of is undone, so that it is refused should it arrive after all. Runs again until it is known.
 */
export function settleAuthorizationJob({ providers, writeAudit }: Parts): Job {
  return job({
    name: settleJob.name,
    payload: z.object({ tenant_id: id, authorization_id: id }),
    async handle(context, { tenant_id: tenantId, authorization_id }) {
      const found = await context.inTenant(tenantId, (tx) => findAuthorization({ ...tx, tenantId }, authorization_id))
      if (!found || isSettled(found.status)) return
      const provider = providers.get(found.provider)
      if (!provider) throw new NotSettled(`the provider ${found.provider} is not offered any more`)
      const settle = settler(context, { tenantId, authorization_id, provider, writeAudit })
      if (found.status === 'reversing' || (await settle.lookup()) === 'unheard') await settle.reverse()
    },
  })
}

/** Records what a provider said, with an entry in the chain of the tenant when that changed anything. */
export async function noteOutcome(
  tx: Transaction,
  { tenantId, event, environment, writeAudit }: Noting,
  outcome: NewOutcome,
): Promise<RecordedOutcome> {
  const recorded = await recordOutcome({ ...tx, tenantId }, outcome)
  if (!recorded.has_changed) return recorded
  const entry = systemEntry({
    event,
    severity: recorded.code === null ? 'info' : 'warning',
    environment,
    resource_type: 'payment_authorization',
    resource_id: outcome.authorization_id,
    new_values: { status: recorded.status, said: outcome.outcome },
  })
  await writeAudit(tx, tenantId, [entry])
  return recorded
}

interface Noting {
  readonly tenantId: string
  readonly event: string
  readonly environment: string
  readonly writeAudit: AuditWriter
}

interface Settling extends Pick<Parts, 'writeAudit'> {
  readonly tenantId: string
  readonly authorization_id: string
  readonly provider: Provider
}

function settler({ inTenant, environment }: JobContext, settling: Settling) {
  const { tenantId, authorization_id, provider, writeAudit } = settling
  const asked = { tenantId, reference: authorization_id }
  const noting = { tenantId, environment, writeAudit, event: settleJob.name }
  const note = (outcome: Omit<NewOutcome, 'authorization_id' | 'source'>) =>
    inTenant(tenantId, (tx) => noteOutcome(tx, noting, { ...outcome, authorization_id, source: 'lookup' }))
  return {
    async lookup() {
      const said = await provider.lookup(asked, AbortSignal.timeout(timeoutMs))
      if (said === 'unheard') {
        const { status } = await note({ outcome: 'reversing', reason: 'never_received' })
        return status === 'reversing' ? ('unheard' as const) : 'settled'
      }
      const { outcome, provider_reference, reason } = said
      await note({ outcome, provider_reference, reason })
      return 'settled'
    },
    async reverse() {
      await provider.reverse(asked, AbortSignal.timeout(timeoutMs))
      await note({ outcome: 'reversed' })
    },
  }
}

function isSettled(status: string): boolean {
  return status === 'approved' || status === 'declined' || status === 'reversed'
}
