import type { Encryption } from '../platform/encryption.ts'
import { makePinVerifier, type PinVerifier } from './pin-verifier.ts'

interface Place {
  readonly tenantId: string
  readonly employeeId: string
}

/** Makes what devices know a PIN by, sealed for where it is kept; for `tenants`, whose row it stands in. */
export function verifierSealer(kept: { readonly encryption: Encryption }) {
  return async (place: Place, pin: string): Promise<string> =>
    kept.encryption.seal(JSON.stringify(await makePinVerifier(pin)), placeOf(place))
}

/** Opens it. Throws as `Encryption.open` does. */
export function openVerifier(encryption: Encryption, place: Place, sealed: string): PinVerifier {
  return JSON.parse(encryption.open(sealed, placeOf(place)))
}

function placeOf({ tenantId, employeeId }: Place) {
  return { table: 'tenants.till_pin', column: 'verifier', tenantId, row: employeeId }
}
