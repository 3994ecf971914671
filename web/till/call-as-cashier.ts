import { type CallOptions, call, type Input, type OperationName, type Output, type Refused, refusalOf } from '../api.ts'
import { type AtTill, counterMs } from './cashier.ts'

/** Of this app: whom the device let in by itself has to be let in by the server first. */
export const notSignedIn: Refused = {
  status: 401,
  code: 'cashier_not_signed_in',
  detail: 'The server does not know who is at the till: lock it and unlock it again.',
}

/**
 * Asks in the session of the cashier who is at the till. Throws `cashier_not_signed_in` for whom the device let in by itself: what
 * the server did then would be of whoever was here before.
 */
export async function callAsCashier<N extends OperationName>(
  { isSignedIn }: AtTill,
  name: N,
  input: Input<N>,
  options: CallOptions = {},
): Promise<Output<N>> {
  if (!isSignedIn) throw refusalOf(notSignedIn)
  return call(name, input, { withinMs: counterMs, ...options })
}
