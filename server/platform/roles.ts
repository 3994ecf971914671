import type pg from 'pg'
import type { Config } from './config.ts'
import { OperatorError } from './explain.ts'
import type { Secrets } from './secrets.ts'

export const roleKinds = ['app', 'identity', 'jobs', 'read'] as const
export type RoleKind = (typeof roleKinds)[number]

/** A database that cannot be used as it is; the message says what to do. */
export class DatabaseRefused extends OperatorError {}

/** Connection URLs of the roles, from `DATABASE_APP_URL` and its siblings or derived from the owner's URL. */
export function roleUrls(ownerUrl: string, config: Pick<Config, 'roleUrls' | 'rolePrefix'>, secrets: Secrets) {
  const urlOf = (kind: RoleKind): string => {
    const given = config.roleUrls[kind]
    if (given) return given
    const url = new URL(ownerUrl)
    url.username = `${config.rolePrefix}_${kind}`
    url.password = secrets[kind]
    return url.href
  }
  return { app: urlOf('app'), identity: urlOf('identity'), jobs: urlOf('jobs'), read: urlOf('read') }
}

/** The SQL files name the roles comptoir_*; this is how another prefix gets in. */
export function renameRoles(text: string, prefix: string): string {
  return text.replaceAll(/\bcomptoir_(owner|app|identity|jobs|read)\b/g, (_, kind) => `${prefix}_${kind}`)
}

/**
 * Refuses an owner that would escape row-level security, then makes the roles that are missing.
 * `urls` are the connection URLs the server will use; a role named in one of them is made with that password.
 */
export async function ensureRoles(owner: pg.Client, prefix: string, urls: Record<RoleKind, string>): Promise<void> {
  const { rows } = await owner.query(
    `SELECT current_user AS name, rolsuper OR rolbypassrls AS unbound, rolcreaterole AS creates,
            current_setting('server_version_num')::int AS version
     FROM pg_roles WHERE rolname = current_user`,
  )
  const { name, unbound, creates, version } = rows[0]
  if (version < 180000)
    throw new DatabaseRefused(`Comptoir needs PostgreSQL 18; this server is version ${Math.floor(version / 10000)}.`)
  if (unbound) {
    throw new DatabaseRefused(
      `DATABASE_URL signs in as ${name}, a superuser or a role with BYPASSRLS, which tenant isolation does not bind. ` +
        `Make a plain owner: CREATE ROLE ${prefix}_owner LOGIN CREATEROLE PASSWORD '…'; CREATE DATABASE comptoir OWNER ${prefix}_owner;`,
    )
  }
  for (const kind of roleKinds) {
    const role = `${prefix}_${kind}`
    const found = await owner.query('SELECT rolsuper OR rolbypassrls AS unbound FROM pg_roles WHERE rolname = $1', [
      role,
    ])
    if (found.rows[0]?.unbound)
      throw new DatabaseRefused(`The role ${role} is a superuser or has BYPASSRLS: tenant isolation would not bind it.`)
    if (found.rowCount === 0) await makeRole(owner, role, creates, new URL(urls[kind]))
  }
  // The owner makes objects that belong to the jobs role.
  await owner.query(`GRANT ${prefix}_jobs TO CURRENT_USER WITH INHERIT FALSE, SET TRUE`)
}

async function makeRole(owner: pg.Client, role: string, ownerCreatesRoles: boolean, url: URL): Promise<void> {
  if (!ownerCreatesRoles) {
    throw new DatabaseRefused(
      `The role ${role} is missing and the owner may not create roles: ALTER ROLE … CREATEROLE, or make the roles yourself and give DATABASE_APP_URL and its siblings.`,
    )
  }
  if (decodeURIComponent(url.username) !== role) {
    throw new DatabaseRefused(
      `The role ${role} is missing; the address given for it signs in as ${decodeURIComponent(url.username)}.`,
    )
  }
  await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD ${owner.escapeLiteral(decodeURIComponent(url.password))}`)
}
