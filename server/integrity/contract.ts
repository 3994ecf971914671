import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, page, pageInput, time } from '../platform/schema.ts'

export const permissions = {
  viewCertificates: 'integrity.view-certificates',
  createCertificate: 'integrity.create-certificate',
} as const

/** What a certificate says something about, in its order. */
export const lineCodes = ['ledger', 'stock', 'drawers', 'receipts', 'devices', 'audit', 'isolation'] as const
export type LineCode = (typeof lineCodes)[number]

export const verdicts = ['holds', 'broken'] as const
const lineVerdicts = [...verdicts, 'not_applicable'] as const
export const reasons = ['nightly', 'requested'] as const

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const entryNumber = z.int().min(0)

/** One thing that is not as it should be. */
const difference = z.object({
  resource: z.string().meta({ description: 'What it is, such as account, level, session, register.' }),
  id: z.string().nullable(),
  what: z.string().meta({ description: 'Which of its figures differs.' }),
  expected: z.string().nullable().meta({ description: 'What it should be; null where no figure says it.' }),
  found: z.string().nullable(),
  detail: z.string().nullable(),
})
export type Difference = z.output<typeof difference>

/** Two figures that a line compares in all. */
const sum = z.object({ what: z.string(), currency: z.string(), expected: z.string(), found: z.string() })
export type Sum = z.output<typeof sum>

const line = z.object({
  code: z.enum(lineCodes),
  verdict: z.enum(lineVerdicts),
  counted: z.record(z.string(), z.int()).meta({ description: 'How many of each thing were looked at.' }),
  sums: z.array(sum),
  differences: z.int().min(0).meta({ description: 'How many things differ.' }),
})

const product = z.object({
  version: z.string(),
  schema_fingerprint: hash.meta({
    description:
      'SHA-256 over tables, columns, constraints, indexes, policies, triggers and functions of the database.',
  }),
})

/** Where the audit chain stood, and the last statement that was signed of it before. */
const chain = z.object({
  seq: entryNumber,
  hash,
  checkpoint: z
    .object({ seq: entryNumber, hash, key_id: z.string(), body: z.string(), signature: z.string() })
    .nullable(),
})

/** What is signed. Members that a later version adds stay in it, or its hash would not be that of what was signed. */
export const certificateBody = z.looseObject({
  format: z.literal(1),
  type: z.literal('integrity_certificate'),
  id: z.uuid(),
  tenant_id: z.uuid(),
  reason: z.enum(reasons),
  taken_at: z.iso.datetime(),
  product: z.looseObject(product.shape),
  chain: z.looseObject({ ...chain.shape, checkpoint: z.looseObject(chain.shape.checkpoint.unwrap().shape).nullable() }),
  verdict: z.enum(verdicts),
  lines: z.array(
    z.looseObject({
      ...line.shape,
      sums: z.array(z.looseObject(sum.shape)),
      first: z.array(z.looseObject(difference.shape)).meta({ description: 'The first 200 of what differs.' }),
    }),
  ),
  key_id: z.string(),
})
export type CertificateBody = z.output<typeof certificateBody>

const signed = {
  sha256: hash.meta({ description: 'Of the canonical JSON of the certificate' }),
  signature: z.string().meta({ description: 'Ed25519 of `comptoir integrity certificate` and the hash, base64' }),
}

/** The one file of a certificate, as the command line checks it. */
export const certificateFile = z.object({
  format: z.literal(1),
  certificate: certificateBody,
  ...signed,
  keys: z.array(
    z.object({
      id: z.string(),
      public_key: z.string(),
      endorsed_by: z.string().nullable(),
      endorsement: z.string().nullable(),
    }),
  ),
})

const summary = {
  id,
  reason: z.enum(reasons),
  verdict: z.enum(verdicts),
  taken_at: time,
  head_seq: entryNumber,
  head_hash: hash,
  lines: z.array(line),
}
export const certificateSummary = z.object(summary)
export const certificate = z.object({ ...summary, product, chain, ...signed, key_id: z.string(), recorded_at: time })

export const listInput = z.strictObject({ verdict: z.enum(verdicts).optional(), ...pageInput })
export const byId = z.strictObject({ id })
export const listDifferencesInput = z.strictObject({ id, line: z.enum(lineCodes).optional(), ...pageInput })
export const differencePage = page(z.object({ line: z.enum(lineCodes), number: z.int(), ...difference.shape }))

export const certificateTakesTooLong = refusal(
  'certificate_takes_too_long',
  503,
  'The certificate took longer than this server allows; the nightly one may come through',
)
