import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** Whether prices include their taxes, where what is asked does not say. */
export const pricesIncludeTaxSetting = defineSetting({
  name: 'tax.prices-include-tax',
  type: z.boolean().nullable().meta({ description: 'true, false, or null for what is usual where the branch stands' }),
  default: null,
  help: 'Whether prices include their taxes, where a calculation does not say.',
  scopes: ['tenant', 'branch'],
})
