import { z } from 'zod'
import { id, time } from '../platform/schema.ts'
import { credential } from '../registers/index.ts'
import { pin } from '../tenants/index.ts'

const displayName = z.string().meta({ personal: true })
const permissions = z.array(z.string()).meta({ description: 'What they may do at a till, and do hold.' })
const branch = z.object({ id, code: z.string(), name: z.string(), time_zone: z.string() })

export const switchCashierInput = z.strictObject({ device_id: id, credential, employee_id: id, pin })

/** A session of a cashier at a device. */
export const cashierSession = z.object({
  session_id: id,
  device_id: id,
  branch,
  employee_id: id,
  display_name: displayName,
  permissions,
  expires_at: time.meta({ description: 'Then the PIN is asked for again, however much it was used.' }),
})

export const listCashiersInput = z.strictObject({ device_id: id, credential })

const verifier = z.object({
  algorithm: z.literal('PBKDF2-HMAC-SHA-256'),
  iterations: z.int(),
  salt: z.string().meta({ secret: true }),
  hash: z.string().meta({ secret: true, description: 'Of 32 bytes, in lower-case hex as the salt is.' }),
})

/** Who may switch in at a device, and what it knows their PINs by while the server is out of reach. */
export const cashierList = z.object({
  branch,
  issued_at: time,
  expires_at: time.meta({ description: 'After it the device takes none of these PINs without the server.' }),
  lock: z.object({
    failures: z.int().meta({ description: 'Wrong PINs in a row that lock it.' }),
    minutes: z.int().meta({ description: 'For how long; twice as long after each lock.' }),
    longest_minutes: z.int(),
  }),
  items: z.array(
    z.object({
      employee_id: id,
      display_name: displayName,
      permissions,
      locked_until: time.nullable().meta({ description: 'While wrong PINs lock it at the server.' }),
      verifier: verifier
        .nullable()
        .meta({ description: 'Null for a PIN from before there were any: until it is used at the server once.' }),
    }),
  ),
})
