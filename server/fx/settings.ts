import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** How old a quote may be at most to stand for a day. The default is longer than any holiday. */
export const maxAgeSetting = defineSetting({
  name: 'fx.max-age-days',
  type: z.int().min(0).max(366),
  default: 7,
  help: 'How many days before a day a quoted rate may be to stand for it: when journals are posted, and when who asks for a rate does not say.',
  scopes: ['tenant'],
})
