import type { z } from 'zod'
import { setTenant } from '../platform/database.ts'
import type { Caller, QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import { deviceNotFound, proveDevice } from '../registers/index.ts'
import { branchNotFound, findBranch, pinHoldersIn, tenantOfDevice, tillPinLimits } from '../tenants/index.ts'
import type { cashierList, listCashiersInput } from './contract.ts'
import { openVerifier } from './seal-verifier.ts'
import { verifierHoursSetting } from './settings.ts'
import type { CashierDependencies } from './switch-cashier.ts'
import { tillRightsIn } from './till-rights.ts'

const hourMs = 3_600_000

/** Who may switch in at a device, with what it needs to know their PINs by; whoever may do nothing at a till is left out. */
export async function listCashiers(
  context: QueryContext<Caller>,
  { settings, tillPermissions }: Pick<CashierDependencies, 'settings' | 'tillPermissions'>,
  { device_id: deviceId, credential }: z.output<typeof listCashiersInput>,
): Promise<z.input<typeof cashierList>> {
  const { now } = context
  const tenantId = (await tenantOfDevice(context, deviceId)) ?? refuse(deviceNotFound)
  await setTenant(context.client, tenantId)
  const scope = { ...context, tenantId }
  const { branchId } = await proveDevice(scope, { id: deviceId, credential })
  const { id, code, name, time_zone } = (await findBranch(scope, branchId)) ?? refuse(branchNotFound)
  const hours = await settings.read(scope, verifierHoursSetting, { branchId })
  const holders = await pinHoldersIn(scope, branchId)
  const rights = await tillRightsIn(scope, { ids: holders.map((one) => one.id), branchId, tillPermissions })
  const items = holders.map(({ id: employeeId, display_name, verifier, locked_until }) => ({
    ...{ employee_id: employeeId, display_name, permissions: rights.get(employeeId) ?? [], locked_until },
    verifier: verifier === null ? null : openVerifier(settings.encryption, { tenantId, employeeId }, verifier),
  }))
  const { failures, minutes, longestMinutes } = tillPinLimits
  return {
    branch: { id, code, name, time_zone },
    issued_at: now,
    expires_at: later(now, hours * hourMs),
    lock: { failures, minutes, longest_minutes: longestMinutes },
    items: items.filter(({ permissions }) => permissions.length > 0),
  }
}
