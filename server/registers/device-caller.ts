import type pg from 'pg'
import { inReadTransaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { findDeviceByCredential } from './device-queries.ts'
import { hashCredential } from './devices.ts'

/** What a device may do by itself, whoever stands at the till and whether they are signed in. */
const permissionsOfDevices = ['sync.push']

interface Credentials {
  readonly sessionToken?: string
  readonly apiKey?: string
  readonly tenantId?: string
}

type Authenticate = (credentials: Credentials, requestId: string, use?: { isUse: boolean }) => Promise<Caller>

/**
 * Makes what resolves the credential of a device, sent as a bearer token with the tenant in its header, to a caller who may send
 * its queue in its branch and nothing else; every other credential is left to `others`. Entries of what it does name the device in
 * place of an API key, and who enrolled it; whether that person is still at work is of no account. Refuses with `unauthenticated`.
 */
export function withDevices(others: Authenticate, pool: pg.Pool): Authenticate {
  return async (credentials, requestId, use) => {
    const { apiKey, tenantId } = credentials
    if (!apiKey?.startsWith('cd_')) return others(credentials, requestId, use)
    if (tenantId === undefined) refuse(platformRefusals.unauthenticated, 'A device names its tenant in Comptoir-Tenant')
    const found = await inReadTransaction(pool, tenantId, (tx) =>
      findDeviceByCredential({ ...tx, tenantId }, hashCredential(apiKey)),
    )
    if (!found) refuse(platformRefusals.unauthenticated)
    return {
      ...{ requestId, tenantId, userId: found.user_id, employeeId: found.employee_id },
      ...{ sessionId: null, apiKeyId: found.id },
      permissions: new Set(permissionsOfDevices),
      scope: { entityIds: [], regionIds: [], branchIds: [found.branch_id] },
      features: new Set(found.features),
      deviceId: null,
    }
  }
}
