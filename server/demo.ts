import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Product } from './compose.ts'
import { makeOwnerOf } from './owner.ts'

export interface DemoSignIn {
  readonly email: string
  readonly password: string
  /** False while the tenant is being made, so that an interrupted try is taken up again. */
  readonly seeded: boolean
}

const passwordBytes = 12

/**
 * Makes a pharmacy to look around in, with a random password kept in `DATA_DIR/demo.json`. Only for a fresh embedded
 * database on a loopback address; safe to repeat when an earlier try was interrupted.
 */
export async function seedDemo(product: Product, dataDir: string): Promise<DemoSignIn> {
  const password = readDemo(dataDir)?.password ?? randomBytes(passwordBytes).toString('base64url')
  const demo = { email: 'demo@example.org', password, seeded: false }
  writeDemo(dataDir, demo)
  await makeOwnerOf(product, {
    email: demo.email,
    password,
    name: 'Demo Owner',
    tenant: {
      legal_name: 'Pharmacie du Port',
      locale: 'fr-MA',
      time_zone: 'Africa/Casablanca',
      country: 'MA',
      currency: 'MAD',
    },
  })
  const seeded = { ...demo, seeded: true }
  writeDemo(dataDir, seeded)
  return seeded
}

/** The demo sign-in of this data directory, if it has one. */
export function readDemo(dataDir: string): DemoSignIn | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function writeDemo(dataDir: string, demo: DemoSignIn): void {
  writeFileSync(join(dataDir, 'demo.json'), `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 })
}
