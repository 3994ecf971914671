import { z } from 'zod'
import { id } from '../platform/schema.ts'

/** What a stream is asked for in the query string: browsers send no headers of their own with an EventSource. */
export const streamInput = z.object({ tenant_id: id.optional(), last_event_id: z.string().optional() })

/** The number of an entry in a chain; 0 is before the first. */
export const entryNumber = z
  .string()
  .regex(/^\d{1,15}$/)
  .pipe(z.coerce.number())

/** The streams that one person, or one API key, may have open at one server. */
export const mostOfPerson = 12
/** The streams that one server keeps open. */
export const mostOfServer = 5_000
