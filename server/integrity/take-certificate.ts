import { createHash } from 'node:crypto'
import type pg from 'pg'
import packageFile from '../../package.json' with { type: 'json' }
import { addSigningKeys, type CheckpointFile, keptCheckpoints, publicKeysOf, type Sealing } from '../audit/index.ts'
import { inReadTransaction, type Transaction } from '../platform/database.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { canonicalText } from '../registers/index.ts'
import { fingerprintOfSchema } from './build-queries.ts'
import { type CertificateBody, certificateTakesTooLong, type reasons } from './contract.ts'
import {
  lookAtChain,
  lookAtDevices,
  lookAtDrawers,
  lookAtIsolation,
  lookAtLedger,
  lookAtReceipts,
  lookAtStock,
} from './look.ts'
import { makeRoom, readHead, recordCertificate, type SignedCertificate, takeTurn } from './queries.ts'

interface Wanted {
  readonly tenantId: string
  readonly id: string
  readonly reason: (typeof reasons)[number]
}

export type Taken = SignedCertificate & { readonly says: CertificateBody; readonly sha256: string }

const mostMs = 600_000
/** transaction_timeout, statement_timeout. */
const timedOut = ['25P04', '57014']

/**
 * Proves a tenant at one moment, all lines in one snapshot that only reads, and signs what it found; nothing is kept yet. Sales go on
 * meanwhile. Refuses with `busy` while another one of the tenant is taken, and with `certificate_takes_too_long`.
 */
export async function takeCertificate(pool: pg.Pool, sealing: Sealing, wanted: Wanted): Promise<Taken> {
  const [key] = sealing.keys()
  if (!key) throw new Error('there is no key to sign with')
  const kept = await keptCheckpoints(sealing.directory, wanted.tenantId)
  const says = await inReadTransaction(pool, wanted.tenantId, ({ client }) =>
    look({ client, tenantId: wanted.tenantId }, { keys: sealing.keys, kept }, { ...wanted, keyId: key.id }),
  ).catch((error: { code?: string }) => {
    throw timedOut.includes(error.code ?? '') ? refuse(certificateTakesTooLong) : error
  })
  const body = canonicalText(says)
  const sha256 = createHash('sha256').update(body).digest('hex')
  return { id: wanted.id, says, body, sha256, signature: key.sign(signedText(sha256)).toString('base64') }
}

/** Keeps a certificate that was taken, and makes the keys known that check it. */
export async function keepCertificate(
  tx: Transaction,
  sealing: Sealing,
  { tenantId, taken }: { tenantId: string; taken: Taken },
): Promise<void> {
  const { id, body, signature } = taken
  await addSigningKeys(tx, publicKeysOf(sealing.keys()))
  await recordCertificate({ client: tx.client, tenantId }, { id, body, signature })
}

/** The text that is signed: no other text that the key signs begins like it. */
export function signedText(sha256: string): string {
  return `comptoir integrity certificate ${sha256}`
}

/** What the audit chain says of a certificate. */
export function changeOf({ id, says, sha256 }: Taken) {
  const { verdict, reason, chain, lines, key_id } = says
  const broken = lines.filter((line) => line.verdict === 'broken').map(({ code }) => code)
  const { seq: head_seq, hash: head_hash } = chain
  return { resource: 'certificate', id, new: { verdict, reason, broken, head_seq, head_hash, sha256, key_id } }
}

async function look(
  scope: { client: pg.PoolClient; tenantId: string },
  trusted: Pick<Sealing, 'keys'> & { kept: CheckpointFile },
  { id, tenantId, reason, keyId }: Wanted & { keyId: string },
): Promise<CertificateBody> {
  await makeRoom(scope, mostMs)
  if (!(await takeTurn(scope))) refuse(platformRefusals.busy)
  const { at, seq, hash } = await readHead(scope)
  const ledger = await lookAtLedger(scope)
  const stock = await lookAtStock(scope)
  const tills = [await lookAtDrawers(scope), await lookAtReceipts(scope), await lookAtDevices(scope)]
  const audit = await lookAtChain(scope, trusted)
  const lines = [ledger, stock, ...tills, audit.line, await lookAtIsolation(scope)]
  const { newest } = audit
  const checkpoint = newest && {
    seq: newest.seq,
    hash: newest.hash,
    key_id: newest.key_id,
    body: newest.body,
    signature: newest.signature,
  }
  return {
    format: 1,
    type: 'integrity_certificate',
    id,
    tenant_id: tenantId,
    reason,
    taken_at: at.toISOString(),
    product: { version: packageFile.version, schema_fingerprint: await fingerprintOfSchema(scope) },
    chain: { seq, hash, checkpoint: checkpoint ?? null },
    verdict: lines.some((line) => line.verdict === 'broken') ? 'broken' : 'holds',
    lines,
    key_id: keyId,
  }
}
