import { expect, test } from 'vitest'
import { inStoreCodesSetting } from './settings.ts'

const templates = ['21IIIIIWW.WWWC', '22IIIIIPPP.PPC', '23IIIIVPPPPPC', '02IIIIIP.PPPPC']

const settings: [templates: unknown, taken: boolean][] = [
  [[], true],
  [templates, true],
  [['21IIIIIWW.WWWC', '21IIIIIPP.PPPC'], false],
  [['61IIIIIWW.WWWC'], false],
  [['21IIIIIWWWWC'], false],
  [['21IIIIIWW.WWWWC'], false],
  [['21WWWWWIIIIIC'], false],
  ['21IIIIIWW.WWWC', false],
]

test.each(settings)('as a setting, %j is taken: %s', (value, taken) => {
  expect(inStoreCodesSetting.type.safeParse(value).success).toBe(taken)
})
