import { openQuery, outsideCommand } from '../platform/operation.ts'
import { deviceNotFound, deviceRevoked, deviceUnbound } from '../registers/index.ts'
import { settingInvalid } from '../settings/index.ts'
import { branchNotFound, employeeNotFound, tillPinLocked, wrongTillPin } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { listCashiers } from './list-cashiers.ts'
import { type CashierDependencies, switchCashier } from './switch-cashier.ts'

const ofDevice = [deviceNotFound, deviceRevoked, deviceUnbound, branchNotFound, settingInvalid]

/** Cashiers who change at a shared till. Nobody is signed in there: the device shows its credential. */
export function cashierOperations(dependencies: CashierDependencies) {
  return [
    outsideCommand({
      name: 'cashiers.switch-cashier',
      route: 'POST /v1/cashier-sessions',
      summary: 'Switch in at a shared till by PIN; sets the session cookie, for what a till needs in its branch.',
      severity: 'notice',
      scope: 'anyone',
      guessable: 'from-one-device',
      input: contract.switchCashierInput,
      output: contract.cashierSession,
      refusals: [...ofDevice, employeeNotFound, wrongTillPin, tillPinLocked],
      handle: (context, input) => switchCashier(context, dependencies, input),
    }),
    openQuery({
      name: 'cashiers.list-cashiers',
      route: 'POST /v1/cashiers/look',
      summary: 'Who may switch in at a shared till, and what it knows their PINs by while the server is out of reach.',
      guessable: 'from-one-device',
      input: contract.listCashiersInput,
      output: contract.cashierList,
      refusals: ofDevice,
      handle: (context, input) => listCashiers(context, dependencies, input),
    }),
  ] as const
}
