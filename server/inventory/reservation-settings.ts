import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** How long goods are kept for an order. */
export const reservationDaysSetting = defineSetting({
  name: 'inventory.reservation-days',
  type: z.int().min(1).max(366),
  default: 7,
  help: 'How many days goods are kept for an order at most, and where nothing else is said.',
  scopes: ['tenant'],
})
