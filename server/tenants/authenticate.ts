import { createHash } from 'node:crypto'
import type pg from 'pg'
import { readTogether } from '../platform/batch.ts'
import { holds } from '../platform/execute.ts'
import type { Caller } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { type Credential, authenticate as readCallers, touchSession } from './queries.ts'

/** The hash under which the secret of an API key is kept: it is random, so a plain SHA-256 does. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

export interface Door {
  readonly pool: pg.Pool
  /** How many days after its last use a till stays signed in. May refuse, for a setting that no longer fits. */
  tillSessionDays(): Promise<number>
  /** All that a PIN opens at a shared till, for whoever holds it. */
  readonly tillPermissions: readonly string[]
}

// One is read while the next is gathered.
const mostReads = 2

/**
 * Makes what resolves the credentials of a request to its caller, in one prepared read; requests that arrive while others are
 * being read share the next one. Without credentials the caller is nobody. Refuses with `unauthenticated` what is unknown,
 * expired or revoked, and with `tenant_not_found` a tenant asked for in which the caller has no active place. Notes at most
 * every five minutes that a session is used, where it is. Who switched in by PIN at a shared till may do there what `tillPermissions`
 * name.
 */
export function createAuthenticate({ pool, tillSessionDays, tillPermissions }: Door) {
  const readCaller = readTogether((credentials: readonly Credential[]) => readCallers(pool, credentials), mostReads)

  return async (
    credentials: { sessionToken?: string; apiKey?: string; tenantId?: string },
    requestId: string,
    { isUse = true }: { isUse?: boolean } = {},
  ): Promise<Caller> => {
    const { sessionToken = null, apiKey, tenantId = null } = credentials
    if (sessionToken === null && apiKey === undefined) return nobody(requestId)
    const apiKeyHash = apiKey === undefined ? null : hashSecret(apiKey)
    const found = await readCaller({ sessionToken, apiKeyHash, tenantId })
    if (!found) refuse(platformRefusals.unauthenticated)
    const { permissions, features, is_stale, is_scoped: isScoped, entity_ids, region_ids, branch_ids, ...who } = found
    if (is_stale && isUse && sessionToken !== null)
      await touchSession(pool, sessionToken, await tillSessionDays().catch(asBefore))
    if (tenantId !== null && found.tenantId !== tenantId) refuse(platformRefusals.tenantNotFound)
    const part = { entityIds: entity_ids ?? [], regionIds: region_ids ?? [], branchIds: branch_ids ?? [] }
    const held = new Set(permissions)
    return {
      ...who,
      requestId,
      permissions: found.deviceId === null ? held : new Set(tillPermissions.filter((one) => holds(held, one))),
      scope: isScoped ? part : null,
      features: new Set(features),
    }
  }
}

function nobody(requestId: string): Caller {
  return {
    requestId,
    userId: null,
    sessionId: null,
    apiKeyId: null,
    deviceId: null,
    tenantId: null,
    employeeId: null,
    permissions: new Set(),
    scope: null,
    features: new Set(),
  }
}

/** A setting that no longer fits locks no till out: its session stays as long as it was. */
function asBefore(error: unknown): null {
  if (error instanceof Refusal) return null
  throw error
}
