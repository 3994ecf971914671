import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { hashSecret } from './authenticate.ts'
import { type createApiKeyInput, expiryPast, grantsTooMuch, type revokeApiKeyInput } from './contract.ts'
import { assertKnown, assertMayGrant } from './grants.ts'
import { register, unregister } from './queries.ts'
import { findApiKey, insertApiKey, revokeApiKey } from './role-queries.ts'

const secretBytes = 32

/** Makes an API key. Its secret is in this answer and nowhere else. */
export async function createApiKey(
  context: CommandContext,
  known: ReadonlySet<string>,
  input: z.output<typeof createApiKeyInput>,
) {
  // A key that makes keys would outlive its own end.
  if (context.caller.apiKeyId !== null) refuse(grantsTooMuch, 'An API key cannot make another one')
  assertKnown(context.caller, input.permissions, known)
  assertMayGrant(context.caller, input.permissions)
  const expiresAt = new Date(input.expires_at)
  if (expiresAt <= context.now) refuse(expiryPast)

  const secret = `ck_${randomBytes(secretBytes).toString('base64url')}`
  const created = await insertApiKey(context, {
    id: input.id ?? context.newId(),
    name: input.name,
    permissions: input.permissions,
    secret_hash: hashSecret(secret),
    employee_id: context.caller.employeeId,
    expires_at: expiresAt,
  })
  await register(context, context.tenantId, 'api_key', hashSecret(secret).toString('hex'))
  context.changed({ resource: 'api-key', id: created.id, new: created })
  return { ...created, secret }
}

/** Revokes an API key, from the next request on. */
export async function cancelApiKey(context: CommandContext, { id, version }: z.output<typeof revokeApiKeyInput>) {
  const found = (await findApiKey(context, id, context.caller.scope)) ?? refuse(platformRefusals.notFound)
  if (found.version !== version) refuse(platformRefusals.versionConflict)
  const { secret_hash: secretHash, ...old } = found
  if (old.revoked_at !== null) return old

  const revoked = await revokeApiKey(context, id)
  await unregister(context, context.tenantId, 'api_key', secretHash.toString('hex'))
  context.changed({ resource: 'api-key', id, old, new: revoked })
  return revoked
}
