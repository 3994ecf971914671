import { expect, test } from 'vitest'
import { importTargets } from '../server/import-targets/index.ts'
import { holds } from '../server/platform/execute.ts'
import { rolePresets } from '../server/role-presets.ts'

const targets = importTargets({ holdsStock: async () => false, settings: {} as never })
const options = { unknown_products: 'make', unknown_customers: 'make' }

test('a ready-made role that may take imports back may take back whatever it may bring in', () => {
  const checked: string[] = []
  for (const { name, permissions } of rolePresets.filter((one) => one.permissions.includes('imports.undo'))) {
    const held = new Set(permissions)
    for (const target of targets.filter(({ undo }) => undo)) {
      const fields = new Set(target.fields.map((field) => field.name))
      const isHeld = (permission: string) => holds(held, permission)
      if (!target.permissions({ act: 'commit', fields, options }).every(isHeld)) continue
      const lacking = target.permissions({ act: 'undo', fields, options }).filter((one) => !isHeld(one))
      expect(lacking, `${name} of ${target.name}`).toEqual([])
      checked.push(`${name} ${target.name}`)
    }
  }
  expect(checked).toEqual(expect.arrayContaining(['manager products', 'manager customers', 'manager sales']))
})
