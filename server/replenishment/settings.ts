import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** How far back demand is measured. */
export const demandWindowSetting = defineSetting({
  name: 'replenishment.demand-window-days',
  type: z.int().min(7).max(730),
  default: 90,
  help: 'Over how many days, up to yesterday, the demand is measured that reorder points are computed from.',
  scopes: ['tenant', 'branch'],
})

/** When somebody is to look at a batch that expires. */
export const expiryHorizonsSetting = defineSetting({
  name: 'replenishment.expiry-horizons-days',
  type: z
    .array(z.int().min(1).max(3650))
    .max(10)
    .meta({ description: 'Days before the last day on which a batch may be sold; an alert for each.' }),
  default: [90, 30, 7],
  help: 'How many days before a batch expires there is an alert: one for each number.',
  scopes: ['tenant', 'branch'],
})
