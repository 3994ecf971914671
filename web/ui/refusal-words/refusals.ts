import { aToC } from './a-c.ts'
import { dToL } from './d-l.ts'
import { ofFiles } from './files.ts'
import { mToP } from './m-p.ts'
import { qToS } from './q-s.ts'
import { ofQuality } from './quality.ts'
import type { RefusalWords } from './refusal-words.ts'
import { tToZ } from './t-z.ts'

export { fieldWords, otherFieldWords } from './field-words.ts'

/** Every refusal of the server but `invalid_input`, which the app says from its first page on. */
export const refusalWords: RefusalWords = {
  ...aToC,
  ...dToL,
  ...mToP,
  ...qToS,
  ...tToZ,
  ...ofFiles,
  ...ofQuality,
}
