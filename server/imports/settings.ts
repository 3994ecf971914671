import { z } from 'zod'
import { defineSetting } from '../settings/index.ts'

/** How long files of imports are kept. */
export const fileDaysSetting = defineSetting({
  name: 'imports.file-days',
  type: z.int().min(1).max(3_650).meta({ description: 'a number of days from 1 to 3650' }),
  default: 90,
  help: 'How many days an imported file is kept, with what it says of people; an import can be undone as long.',
  scopes: ['platform', 'tenant'],
})
