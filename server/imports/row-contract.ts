import { z } from 'zod'
import { id, line, pageInput, paragraph, time, version } from '../platform/schema.ts'
import { errorKinds, outcomes } from './contract.ts'

const rowNumber = z.int().min(1).max(2_147_483_647)
const count = z.int()

export const fixCellInput = z.strictObject({
  id,
  row_number: rowNumber,
  column: paragraph(500),
  value: paragraph(10_000).nullable().meta({ personal: true, description: 'Null empties the cell.' }),
})
export const fixAlikeInput = z.strictObject({
  id,
  version,
  column: paragraph(500),
  code: line(60),
  original_value: paragraph(500)
    .optional()
    .meta({ personal: true, description: 'What stands in the cells; any text unless given.' }),
  value: paragraph(10_000)
    .nullable()
    .optional()
    .meta({ personal: true, description: 'Null empties the cells; without it each gets what is suggested for it.' }),
})
export const listErrorsInput = z.strictObject({
  id,
  row_number: rowNumber.optional(),
  code: line(60).optional(),
  is_resolved: z.boolean().optional(),
  ...pageInput,
})
const mostShown = 200
const toNumbers = (text: string) => [...new Set(text.split(',').map(Number))]
export const showRowsInput = z.strictObject({
  id,
  numbers: z
    .string()
    .regex(/^[1-9]\d{0,8}(,[1-9]\d{0,8})*$/, { error: 'must be numbers of rows with commas between them' })
    .max(2_000)
    .refine((text) => toNumbers(text).length <= mostShown, { error: `must be at most ${mostShown} rows` })
    .transform(toNumbers)
    .meta({
      description: `At most ${mostShown} numbers of rows, with commas between them. What is not there is left out.`,
    }),
})
export const shownRows = z.object({
  columns: z.array(z.string()),
  items: z.array(
    z.object({
      row_number: count,
      cells: z.array(z.string().meta({ personal: true })).meta({ description: 'As they stand, by the columns.' }),
    }),
  ),
})
export const listProvenanceInput = z.strictObject({ id, ...pageInput })
export const importError = z.object({
  id,
  row_number: count,
  column: z.string().nullable(),
  field: z.string().nullable(),
  kind: z.enum(errorKinds),
  code: z.string(),
  message: z.string(),
  original_value: z
    .string()
    .nullable()
    .meta({ personal: true })
    .meta({ description: 'Null for those who may not read files.' }),
  suggested_value: z.string().nullable().meta({ personal: true }),
  is_resolved: z.boolean(),
})
export const errorCounts = z.object({
  items: z.array(
    z.object({
      column: z.string().nullable(),
      field: z.string().nullable(),
      kind: z.enum(errorKinds),
      code: z.string(),
      rows: count,
      suggestions: count.meta({ description: 'For how many of them a value is suggested.' }),
    }),
  ),
})
export const errorsOfRow = z.object({ items: z.array(importError) })
export const provenance = z.object({
  id,
  import_id: id,
  import_name: z.string().meta({ personal: true }),
  sha256: z.string(),
  row_number: count,
  resource: z.string(),
  resource_id: id,
  what: z.enum(outcomes),
  created_at: time,
})
