import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Caller } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { authenticate as readCaller } from './queries.ts'

/** The hash under which the secret of an API key is kept: it is random, so a plain SHA-256 does. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/**
 * Resolves the credentials of a request to its caller, in one prepared read. Without credentials the caller is nobody.
 * Refuses with `unauthenticated` what is unknown, expired or revoked, and with `tenant_not_found` a tenant asked for in
 * which the caller has no active place.
 */
export async function authenticate(
  pool: pg.Pool,
  credentials: { sessionToken?: string; apiKey?: string; tenantId?: string },
  requestId: string,
): Promise<Caller> {
  const { sessionToken = null, apiKey, tenantId = null } = credentials
  if (sessionToken === null && apiKey === undefined) {
    return {
      requestId,
      userId: null,
      sessionId: null,
      apiKeyId: null,
      tenantId: null,
      employeeId: null,
      permissions: new Set(),
      scope: null,
      features: new Set(),
    }
  }
  const found = await readCaller(pool, {
    sessionToken,
    apiKeyHash: apiKey === undefined ? null : hashSecret(apiKey),
    tenantId,
  })
  if (!found) refuse(platformRefusals.unauthenticated)
  if (tenantId !== null && found.tenantId !== tenantId) refuse(platformRefusals.tenantNotFound)
  return { ...found, requestId, permissions: new Set(found.permissions), scope: null, features: new Set() }
}
