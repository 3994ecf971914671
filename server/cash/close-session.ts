import type { z } from 'zod'
import { holds } from '../platform/execute.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { certificateIncomplete, type closeSessionInput, permissions, sessionNotOpen } from './contract.ts'
import { assertMayWorkOn, holdForStep } from './sessions.ts'
import { takeStep } from './take-step.ts'

/** What is known of the sales of a session that were made offline. */
export interface Certificate {
  /** True when none is still on its way from a device. */
  readonly isComplete: boolean
  /** What is missing, each in a few words, such as receipt numbers. */
  readonly gaps: readonly string[]
  /** How many have arrived. */
  readonly offlineTransactions: number
}

/** Who knows what of a session is still on its way. */
export type CertificateOf = (context: QueryContext, sessionId: string) => Promise<Certificate>

/**
 * Ends a session: nothing is sold in it any more, and it is to be counted. Refuses with `certificate_incomplete` while sales are
 * still on their way from devices, unless somebody who may do so says why not to wait; what arrives later goes to a late session.
 */
export async function closeSession(
  context: CommandContext,
  certificateOf: CertificateOf,
  { id, version, override_reason }: z.output<typeof closeSessionInput>,
) {
  const old = await holdForStep(context, id, version)
  assertMayWorkOn(context, old)
  if (old.status !== 'open') refuse(sessionNotOpen)
  const { isComplete, gaps, offlineTransactions } = await certificateOf(context, id)
  if (!isComplete) assertOverride(context, gaps, override_reason)
  return takeStep(context, old, {
    action: 'close',
    status: 'pending_reconciliation',
    reconciliation: 'draft',
    reason: isComplete ? null : (override_reason ?? null),
    detail: { certificate: isComplete ? 'complete' : 'overridden', gaps: gaps.slice(0, mostGaps) },
    offline_transaction_count: offlineTransactions,
  })
}

const mostGaps = 100

function assertOverride(context: CommandContext, gaps: readonly string[], reason: string | undefined): void {
  if (reason === undefined) refuse(certificateIncomplete, `Missing: ${gaps.slice(0, mostGaps).join(', ')}`)
  if (!holds(context.caller.permissions, permissions.overrideCertificate))
    refuse(platformRefusals.forbidden, `This needs the permission ${permissions.overrideCertificate}`)
}
