import { createHash, randomBytes } from 'node:crypto'
import type { z } from 'zod'
import type { Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Caller, OutsideContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import { deviceNotFound, proveDevice } from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import {
  branchNotFound,
  employeeNotFound,
  findBranch,
  findWorker,
  type Hashing,
  openCashierSession,
  provePin,
  tenantOfDevice,
} from '../tenants/index.ts'
import { cashierSession, type switchCashierInput } from './contract.ts'
import { pinSessionHoursSetting } from './settings.ts'
import { tillRightsIn } from './till-rights.ts'

export interface CashierDependencies {
  readonly settings: Settings
  readonly hashing: Hashing
  /** All that a PIN opens at a till, for whoever holds it. */
  readonly tillPermissions: readonly string[]
}

type Input = z.output<typeof switchCashierInput>
type Scope = Transaction & { readonly tenantId: string }

const tokenBytes = 32
const hourMs = 3_600_000

/**
 * Opens the session of an employee at a device, by its credential and their PIN; the one before at that device ends. Tries are
 * counted with those of `tenants.check-till-pin`.
 */
export async function switchCashier(context: OutsideContext<Caller>, dependencies: CashierDependencies, input: Input) {
  const { device_id: id, credential, employee_id: employeeId, pin } = input
  const tenantId = (await context.transaction((tx) => tenantOfDevice(tx, id))) ?? refuse(deviceNotFound)
  context.enterTenant(tenantId)
  const prove = (scope: Scope) =>
    proveDevice(scope, { id, credential }, true).catch((error: unknown) => {
      // Of a refusal it says which device it was about.
      context.changed({ resource: 'device', id })
      throw error
    })
  return provePin({ ...context, tenantId }, dependencies.hashing, { employeeId, pin }, async (scope) => {
    const device = await prove(scope)
    await findWorker(scope, { id: employeeId, branchId: device.branchId })
    return () => open(context, dependencies, scope, { device, employeeId })
  })
}

async function open(
  context: OutsideContext<Caller>,
  { settings, tillPermissions }: CashierDependencies,
  scope: Scope,
  { device, employeeId }: { device: { id: string; branchId: string }; employeeId: string },
): Promise<z.input<typeof cashierSession>> {
  const { address, device: userAgent, now } = context
  const { branchId } = device
  const { id, code, name, time_zone } = (await findBranch(scope, branchId)) ?? refuse(branchNotFound)
  const worker = await findWorker(scope, { id: employeeId, branchId })
  const rights = await tillRightsIn(scope, { ids: [employeeId], branchId, tillPermissions })
  const hours = await settings.read(scope, pinSessionHoursSetting, { branchId })
  const token = randomBytes(tokenBytes).toString('base64url')
  const session = {
    id: uuidv7(),
    employee_id: employeeId,
    device_id: device.id,
    expires_at: later(now, hours * hourMs),
  }
  const userId = await openCashierSession(scope, {
    ...session,
    branch_id: branchId,
    token_hash: createHash('sha256').update(token).digest('hex'),
    address,
    user_agent: userAgent,
  })
  if (userId === null) refuse(employeeNotFound)

  const { id: session_id, ...more } = session
  const opened = {
    ...{ session_id, ...more, branch: { id, code, name, time_zone }, display_name: worker.display_name },
    permissions: rights.get(employeeId) ?? [],
  }
  context.identified(userId, session_id)
  context.changed({ resource: 'session', id: session_id, new: opened, schema: cashierSession })
  context.setSession({ token, expiresAt: session.expires_at })
  return opened
}
