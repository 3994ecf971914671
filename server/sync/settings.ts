import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** How far the clock of a till may be off before somebody should look at it. */
export const clockToleranceSetting = defineSetting({
  name: 'sync.clock-tolerance-minutes',
  type: z.int().min(1).max(1_440),
  default: 15,
  help: 'A sale that was paid offline at a time more than so many minutes ahead of the server, or before its session began, raises an exception.',
  scopes: ['tenant', 'branch'],
})
