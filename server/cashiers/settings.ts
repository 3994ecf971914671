import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** How long a cashier stays at a till before the PIN is asked for again. */
export const pinSessionHoursSetting = defineSetting({
  name: 'cashiers.pin-session-hours',
  type: z.int().min(1).max(168),
  default: 12,
  help: 'How many hours a cashier who switched in by PIN stays signed in at a shared till, however much it is used; it counts for those who switch in from then on.',
  scopes: ['platform', 'tenant', 'branch'],
})

/** How long a till takes PINs while the server is out of reach. */
export const verifierHoursSetting = defineSetting({
  name: 'cashiers.verifier-hours',
  type: z.int().min(1).max(720),
  default: 96,
  help: 'How many hours after it last asked the server a till takes PINs without it; it counts from when the till asks next.',
  scopes: ['platform', 'tenant', 'branch'],
})
