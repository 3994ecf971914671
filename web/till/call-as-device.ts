import { call, type Input, type OperationName, type Output } from '../api.ts'
import type { Device } from './store.ts'

/** Asks as the device itself, whoever is signed in or no longer is: what was sold never waits for a person. */
export function callAsDevice<N extends OperationName>(device: Device, name: N, input: Input<N>): Promise<Output<N>> {
  const { credential, tenantId } = device
  return call(name, input, { headers: { authorization: `Bearer ${credential}`, 'comptoir-tenant': tenantId } })
}
