import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Product } from './compose.ts'
import { makeOwnerOf } from './owner.ts'
import type { Config } from './platform/config.ts'
import { OperatorError } from './platform/explain.ts'
import type { Installation } from './platform/installation.ts'
import { migrationStatus } from './platform/migrate.ts'

export interface DemoSignIn {
  readonly email: string
  readonly password: string
  /** False until the tenant is made, so that an interrupted try is taken up again. */
  readonly seeded: boolean
}

const passwordBytes = 12

/**
 * Decides on a demo when the database is fresh: its sign-in is put into `DATA_DIR/demo.json`. Call it before the
 * migration, after which a database is fresh no more: a start that is cut short then leaves the demo to the next one.
 */
export async function planDemo({ ownerUrl }: Installation, dataDir: string): Promise<void> {
  const isFresh = (await migrationStatus(ownerUrl)).every(({ appliedAt }) => appliedAt === null)
  if (!isFresh) return
  const password = readDemo(dataDir)?.password ?? randomBytes(passwordBytes).toString('base64url')
  writeDemo(dataDir, { email: 'demo@example.org', password, seeded: false })
}

/** Makes the pharmacy of a planned demo, unless it is there. Returns how to sign in, if this data directory has a demo. */
export async function seedDemo(product: Product, dataDir: string): Promise<DemoSignIn | undefined> {
  const demo = readDemo(dataDir)
  if (!demo || demo.seeded) return demo
  await makeOwnerOf(product, {
    email: demo.email,
    password: demo.password,
    name: 'Demo Owner',
    tenant: {
      legal_name: 'Pharmacie du Port',
      locale: 'fr-MA',
      time_zone: 'Africa/Casablanca',
      country: 'MA',
      currency: 'MAD',
      business_type: 'pharmacy',
    },
  })
  const seeded = { ...demo, seeded: true }
  writeDemo(dataDir, seeded)
  return seeded
}

/** True when this data directory has a demo, made or planned. */
export function isDemo(dataDir: string): boolean {
  return readDemo(dataDir) !== undefined
}

/** Refuses to let others reach a data directory that holds the demo, whose password was printed. */
export function refuseExposedDemo({ databaseUrl, localOnly, dataDir }: Config): void {
  if (databaseUrl || localOnly || !readDemo(dataDir)) return
  throw new OperatorError(
    `${dataDir} holds the demo tenant, which only this machine may reach: set DATA_DIR to another directory, or leave HOST and PUBLIC_URL on this machine.`,
  )
}

function readDemo(dataDir: string): DemoSignIn | undefined {
  try {
    return JSON.parse(readFileSync(pathOf(dataDir), 'utf8'))
  } catch {
    return undefined
  }
}

function writeDemo(dataDir: string, demo: DemoSignIn): void {
  const draft = `${pathOf(dataDir)}.new`
  writeFileSync(draft, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, pathOf(dataDir))
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'demo.json')
}
