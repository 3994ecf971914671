import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Product } from '../compose.ts'
import { makePerson, personOf } from '../owner.ts'
import type { Config } from '../platform/config.ts'
import { together } from '../platform/database.ts'
import { explain, OperatorError } from '../platform/explain.ts'
import type { Installation } from '../platform/installation.ts'
import { migrationStatus } from '../platform/migrate.ts'
import { later, now } from '../platform/time.ts'
import { callsOf, DemoStopped, type Maker, type Worker } from './calls.ts'
import { fillPharmacy } from './fill-pharmacy.ts'
import { fillWholesaler } from './fill-wholesaler.ts'
import { hireCashier } from './hire-cashier.ts'

/** What is kept of a demo in `DATA_DIR/demo.json`. */
export interface Demo {
  readonly email: string
  readonly password: string
  /** Who signs in to which business, all of them with the password. */
  readonly people: readonly { readonly email: string; readonly business: string }[]
  /** False until the tenants are made, so that an interrupted try is taken up again. */
  readonly seeded: boolean
  /** Whether there is something in them, or will be. */
  readonly state: 'empty' | 'filling' | 'filled'
  readonly planned_at: string
  /** Of the tills that sold the week before. */
  readonly devices: Readonly<Record<string, string>>
}

interface Business {
  readonly email: string
  readonly owner: string
  readonly tenant: {
    readonly legal_name: string
    readonly branch_name?: string
    readonly locale: string
    readonly time_zone: string
    readonly country: string
    readonly currency: string
    readonly business_type: 'pharmacy' | 'wholesale'
  }
}

const passwordBytes = 12
const pharmacy: Business = {
  email: 'demo@example.org',
  owner: 'Amina Tazi',
  tenant: {
    ...{ legal_name: 'Pharmacie du Port', branch_name: 'Agdal', locale: 'fr-MA', time_zone: 'Africa/Casablanca' },
    ...{ country: 'MA', currency: 'MAD', business_type: 'pharmacy' },
  },
}
const wholesaler: Business = {
  email: 'wholesale@example.org',
  owner: 'James Ashworth',
  tenant: {
    ...{ legal_name: 'Northgate Gifts', branch_name: 'Warehouse', locale: 'en-GB', time_zone: 'Europe/London' },
    ...{ country: 'GB', currency: 'GBP', business_type: 'wholesale' },
  },
}
const cashier = { email: 'leila@example.org', name: 'Leïla Bennani' }
/** More of them would make nobody see more, and whoever starts the server wait longer. */
const mostMedicines = 160
/** Answers of what was done are kept for thirty days: after that nobody knows how far it was. */
const mostMs = 25 * 86_400_000

/**
 * Decides on a demo when the database is fresh: its sign-in is put into `DATA_DIR/demo.json`. Call it before the
 * migration, after which a database is fresh no more: a start that is cut short then leaves the demo to the next one.
 */
export async function planDemo({ ownerUrl }: Installation, { dataDir, demo }: Config): Promise<void> {
  if (demo === 'off') return
  const isFresh = (await migrationStatus(ownerUrl)).every(({ appliedAt }) => appliedAt === null)
  if (!isFresh) return
  const password = readDemo(dataDir)?.password ?? randomBytes(passwordBytes).toString('base64url')
  const shown = demo === 'empty' ? [pharmacy] : [pharmacy, wholesaler]
  const people = shown.map(({ email, tenant }) => ({ email, business: tenant.legal_name }))
  const hired = demo === 'empty' ? [] : [{ email: cashier.email, business: `${pharmacy.tenant.legal_name}, cashier` }]
  writeDemo(dataDir, {
    ...{ email: pharmacy.email, password, people: [...people, ...hired], seeded: false },
    ...{ state: demo === 'empty' ? 'empty' : 'filling', planned_at: now().toISOString(), devices: {} },
  })
}

/** Makes the tenants of a planned demo, unless they are there. Returns how to sign in, if this data directory has a demo. */
export async function seedDemo(product: Product, dataDir: string): Promise<Demo | undefined> {
  const demo = readDemo(dataDir)
  if (!demo || demo.seeded) return demo
  const maker = { product, isStopping: () => false }
  await makeBusiness(maker, pharmacy, demo.password)
  if (demo.state !== 'empty') await makeBusiness(maker, wholesaler, demo.password)
  const seeded = { ...demo, seeded: true }
  writeDemo(dataDir, seeded)
  return seeded
}

/**
 * Fills the tenants of a demo, or goes on where an earlier start was cut short; does nothing once that is done. It says on standard
 * output how far it is, and what went wrong: the server serves all the same.
 */
export async function fillDemo(maker: Maker, dataDir: string): Promise<void> {
  await fill(maker, dataDir).catch((error: unknown) => {
    if (!(error instanceof DemoStopped) && !maker.isStopping())
      tell(`The demo could not be filled, and the next start tries again: ${explain(error)}`)
  })
}

async function fill(maker: Maker, dataDir: string): Promise<void> {
  const demo = readDemo(dataDir)
  if (!demo?.seeded || demo.state !== 'filling') return
  const plannedAt = new Date(demo.planned_at)
  if (now() > later(plannedAt, mostMs)) return
  tell('The demo is being filled; look around meanwhile.')
  await together([
    fillPharmacyOf(maker, dataDir, demo).then(() => tell(`The demo: ${pharmacy.tenant.legal_name} is filled.`)),
    makeBusiness(maker, wholesaler, demo.password)
      .then((made) => fillWholesaler(maker, { ...made, plannedAt }))
      .then(() => tell(`The demo: ${wholesaler.tenant.legal_name} is filled.`)),
  ])
  change(dataDir, { state: 'filled' })
}

async function fillPharmacyOf(maker: Maker, dataDir: string, { password, planned_at }: Demo): Promise<void> {
  const made = await makeBusiness(maker, pharmacy, password)
  await fillPharmacy(maker, {
    ...made,
    cashier: await hireCashier(maker, made.owner, { ...cashier, password }),
    ...{ plannedAt: new Date(planned_at), medicines: mostMedicines },
    credentials: {
      read: (id) => readDemo(dataDir)?.devices[id],
      keep: (id, credential) => change(dataDir, { devices: { ...readDemo(dataDir)?.devices, [id]: credential } }),
    },
  })
}

/** Makes an owner and their tenant; both are the same ones the second time. */
async function makeBusiness(
  maker: Maker,
  { email, owner: name, tenant }: Business,
  password: string,
): Promise<{ owner: Worker; entityId: string; branchId: string }> {
  const userId = await makePerson(maker.product, { email, name, password })
  const made = await callsOf(maker, personOf(userId), 'tenant')('tenants.create-tenant', tenant)
  const { id: tenantId, employee_id: employeeId, entity_id: entityId, branch_id: branchId, features } = made
  return { owner: { userId, tenantId, employeeId, permissions: ['*'], features }, entityId, branchId }
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

/** What the terminal shows once the server serves: where, how to sign in to a demo, and how to stop. */
export function greeting(url: string, demo: Demo | undefined): string {
  const signIns = (demo?.people ?? []).map(
    ({ email, business }) => `Demo sign-in: ${email} with the password ${demo?.password} (${business})`,
  )
  const lines = [`Comptoir serves on ${url}`, ...signIns, 'Press Ctrl-C to stop.']
  return `\n${lines.map((line) => `  ${line}`).join('\n')}\n\n`
}

function tell(line: string): void {
  process.stdout.write(`  ${line}\n`)
}

function readDemo(dataDir: string): Demo | undefined {
  try {
    const demo = JSON.parse(readFileSync(pathOf(dataDir), 'utf8'))
    // One of an earlier version is one business without anything in it.
    const people = [{ email: demo.email, business: pharmacy.tenant.legal_name }]
    return { people, state: 'empty', devices: {}, planned_at: now().toISOString(), ...demo }
  } catch {
    return undefined
  }
}

function change(dataDir: string, values: Partial<Demo>): void {
  const demo = readDemo(dataDir)
  if (demo) writeDemo(dataDir, { ...demo, ...values })
}

function writeDemo(dataDir: string, demo: Demo): void {
  const draft = `${pathOf(dataDir)}.new`
  writeFileSync(draft, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, pathOf(dataDir))
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'demo.json')
}
