import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** How long failing rows are kept, which may say something of people. */
export const failingRowsDaysSetting = defineSetting({
  name: 'quality.failing-rows-days',
  type: z.int().min(1).max(730),
  default: 30,
  help: 'For how many days the failing rows of a run are kept with their values; the counts of a run stay.',
  scopes: ['tenant'],
})
