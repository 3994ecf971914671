import type pg from 'pg'
import { z } from 'zod'
import { listSigningKeys, type Sealing } from '../audit/index.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { type Employee, type OutsideContext, outsideCommand, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { instant, page, readCursor, toPage } from '../platform/schema.ts'
import * as contract from './contract.ts'
import { findCertificate, listCertificates } from './queries.ts'
import { changeOf, keepCertificate, takeCertificate } from './take-certificate.ts'

const { permissions } = contract
const afterCertificate = z.tuple([instant, z.uuid()])
const afterDifference = z.tuple([z.enum(contract.lineCodes), z.int().min(1)])

interface Certifying {
  readonly sealing: Sealing
  /** Connections that read at length. */
  readonly checks: pg.Pool
}

/** Certificates of a tenant, and what they found. */
export function integrityOperations(parts: Certifying) {
  return [
    outsideCommand({
      name: 'integrity.create-certificate',
      route: 'POST /v1/integrity/certificates',
      summary: 'Prove the whole tenant at this moment, and sign what was found.',
      scope: 'tenant',
      permission: permissions.createCertificate,
      reach: 'tenant',
      input: z.strictObject({}),
      output: contract.certificate,
      refusals: [contract.certificateTakesTooLong],
      handle: (context) => createCertificate(context, parts),
    }),
    ...readOperations,
  ] as const
}

const readOperations = [
  query({
    name: 'integrity.list-certificates',
    route: 'GET /v1/integrity/certificates',
    summary: 'Certificates of the tenant, the newest first.',
    permission: permissions.viewCertificates,
    reach: 'tenant',
    input: contract.listInput,
    output: page(contract.certificateSummary),
    async handle(context, { verdict, limit, cursor }) {
      const rows = await listCertificates(context, { verdict, limit }, readCursor(cursor, afterCertificate))
      return toPage(rows, limit, ({ taken_at, id }) => [taken_at.toISOString(), id])
    },
  }),
  query({
    name: 'integrity.get-certificate',
    route: 'GET /v1/integrity/certificates/:id',
    summary: 'One certificate, line by line.',
    permission: permissions.viewCertificates,
    reach: 'tenant',
    input: contract.byId,
    output: contract.certificate,
    handle: (context, { id }) => readCertificate(context, id),
  }),
  query({
    name: 'integrity.download-certificate',
    route: 'GET /v1/integrity/certificates/:id/file',
    summary: 'One certificate as a file that is checked without the server: comptoir integrity check.',
    permission: permissions.viewCertificates,
    reach: 'tenant',
    input: contract.byId,
    output: contract.certificateFile,
    async handle(context, { id }) {
      const { body, sha256, signature } = (await findCertificate(context, id)) ?? refuse(platformRefusals.notFound)
      const keys = (await listSigningKeys(context)).map(({ id: keyId, publicKey, endorsedBy, endorsement }) => ({
        id: keyId,
        public_key: publicKey.toString('base64'),
        endorsed_by: endorsedBy,
        endorsement: endorsement?.toString('base64') ?? null,
      }))
      return { format: 1 as const, certificate: body, sha256, signature, keys }
    },
  }),
  query({
    name: 'integrity.list-differences',
    route: 'GET /v1/integrity/certificates/:id/differences',
    summary: 'What differed when a certificate was taken, of one line or of all: the first 200 of each.',
    permission: permissions.viewCertificates,
    reach: 'tenant',
    input: contract.listDifferencesInput,
    output: contract.differencePage,
    async handle(context, { id, line, limit, cursor }) {
      const { body } = (await findCertificate(context, id)) ?? refuse(platformRefusals.notFound)
      const after = readCursor(cursor, afterDifference)
      const found = body.lines
        .filter(({ code }) => line === undefined || code === line)
        .flatMap(({ code, first }) => first.map((one, at) => ({ ...one, line: code, number: at + 1 })))
      const begin = after ? found.findIndex((one) => one.line === after[0] && one.number === after[1]) + 1 : 0
      return toPage(found.slice(begin, begin + limit + 1), limit, (one) => [one.line, one.number])
    },
  }),
] as const

async function createCertificate(context: OutsideContext<Employee>, { sealing, checks }: Certifying) {
  const { tenantId } = context
  const taken = await takeCertificate(checks, sealing, { tenantId, id: uuidv7(), reason: 'requested' })
  const kept = await context.transaction(async (tx) => {
    await keepCertificate(tx, sealing, { tenantId, taken })
    return readCertificate({ ...tx, tenantId }, taken.id)
  })
  context.changed(changeOf(taken))
  return kept
}

async function readCertificate(context: Pick<QueryContext, 'db' | 'tenantId'>, id: string) {
  return outputOf((await findCertificate(context, id)) ?? refuse(platformRefusals.notFound))
}

function outputOf({ body, ...row }: NonNullable<Awaited<ReturnType<typeof findCertificate>>>) {
  const { product, chain } = body
  return { ...row, product, chain }
}
