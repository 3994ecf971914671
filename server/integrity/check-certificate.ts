import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { checkFiles, findStatedHash, isSigned, type PublicKey, vouchedFor } from '../audit/index.ts'
import { OperatorError } from '../platform/explain.ts'
import { canonicalText } from '../registers/index.ts'
import { type CertificateBody, certificateFile } from './contract.ts'
import { signedText } from './take-certificate.ts'

export interface CertificateCheck {
  /** One sentence each: what is not as it was signed, and each line that the certificate itself says is broken. */
  readonly faults: readonly string[]
  readonly findings: readonly string[]
  /** Why the file, though nothing in it is broken, proves less than was asked; empty when it proves it. */
  readonly unproved: readonly string[]
}

const mostBytes = 64 << 20

/**
 * Checks the file of a certificate without the server: that its text has its hash, that a key signed it that one of `keyIds` is or
 * vouches for, and, where exports of the audit chain are given, that these are unbroken and hold the entry that it was taken at.
 * `keyIds` are the keys that the reader wrote down; without them the keys in the file are taken as they are, and nothing is proved.
 * Throws `OperatorError` for a file that cannot be read.
 */
export async function checkCertificate(
  path: string,
  { keyIds, exports }: { keyIds: readonly string[]; exports: readonly string[] },
): Promise<CertificateCheck> {
  const read = await readJson(path)
  const file = certificateFile.safeParse(read)
  if (!file.success) {
    const [issue] = file.error.issues
    return {
      faults: [`${path} is no certificate: ${issue?.path.join('.') || 'its text'} is not one's`],
      findings: [],
      unproved: [],
    }
  }
  const { certificate: says, keys } = file.data
  const publicKeys = keys.map(keyOf)
  // Of what is in the file, not of what a schema made of it.
  const hash = hashOf(Object(read).certificate)
  const faults = faultsOfSeal(path, { ...file.data, hash }, { publicKeys, keyIds })
  // What was not signed is not worth repeating.
  if (faults.length > 0) return { faults, findings: [], unproved: [] }
  const inExport = exports.length > 0 ? await compareWithExport(says, { keyIds, exports }) : undefined
  return {
    faults: [...brokenLines(says), ...(inExport?.faults ?? [])],
    findings: [...describe(says), ...(inExport?.findings ?? []), describeKeys(publicKeys, keyIds)],
    unproved: [...(keyIds.length === 0 ? ['no key was compared (--key)'] : []), ...(inExport?.unproved ?? [])],
  }
}

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`${path} cannot be read (${(error as Error).message}).`, { cause: error })
  }
  if (text.length > mostBytes) throw new OperatorError(`${path} is too long to be a certificate.`)
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function keyOf({
  id,
  public_key,
  endorsed_by,
  endorsement,
}: ReturnType<typeof certificateFile.parse>['keys'][number]): PublicKey {
  const publicKey = Buffer.from(public_key, 'base64')
  return {
    id,
    publicKey,
    endorsedBy: endorsed_by,
    endorsement: endorsement === null ? null : Buffer.from(endorsement, 'base64'),
  }
}

function faultsOfSeal(
  path: string,
  { certificate, sha256, signature, hash }: ReturnType<typeof certificateFile.parse> & { hash: string | undefined },
  { publicKeys, keyIds }: { publicKeys: readonly PublicKey[]; keyIds: readonly string[] },
): string[] {
  if (hash !== sha256) return [`${path} is not as it was signed: its text has another hash`]
  const vouched = vouchedFor(publicKeys, new Set(keyIds.length > 0 ? keyIds : publicKeys.map(({ id }) => id)))
  const key = vouched.get(certificate.key_id)
  if (!key) return [`${path} is signed by the key ${certificate.key_id}, which no key of yours vouches for`]
  return isSigned(signedText(sha256), Buffer.from(signature, 'base64'), key.publicKey)
    ? []
    : [`${path} was not signed by the key ${certificate.key_id}: it is forged or damaged`]
}

function hashOf(certificate: unknown): string | undefined {
  try {
    return createHash('sha256').update(canonicalText(certificate)).digest('hex')
  } catch {
    return undefined
  }
}

function describe({ id, tenant_id, taken_at, product, chain, lines }: CertificateBody): string[] {
  const { checkpoint } = chain
  return [
    `Certificate ${id} of tenant ${tenant_id}, taken ${taken_at} by version ${product.version}.`,
    ...lines.map(({ code, verdict, counted, differences }) => {
      const looked = Object.entries(counted).map(([what, many]) => `${what.replaceAll('_', ' ')}: ${many}`)
      const said = verdict === 'broken' ? `broken, ${differences} differ` : verdict.replaceAll('_', ' ')
      return `  ${`${code}:`.padEnd(11)}${said} (${looked.join(', ')}).`
    }),
    `Audit chain: entry ${chain.seq}, hash ${chain.hash}; ${checkpoint ? `the newest checkpoint is of entry ${checkpoint.seq}` : 'no checkpoint yet'}.`,
    `Schema: ${product.schema_fingerprint}.`,
  ]
}

function brokenLines({ lines }: CertificateBody): string[] {
  return lines
    .filter(({ verdict }) => verdict === 'broken')
    .flatMap(({ code, first, differences }) => [
      ...first.map(({ resource, id, what, expected, found, detail }) => {
        const thing = [resource, id].filter((one) => one !== null).join(' ')
        const figures =
          expected === null && found === null
            ? ''
            : `, ${what} should be ${expected ?? 'another'} and is ${found ?? 'missing'}`
        return `${code}: ${thing}${figures}${detail ? ` (${detail})` : ''}`
      }),
      ...(differences > first.length ? [`${code}: ${differences - first.length} more that are not named here`] : []),
    ])
}

async function compareWithExport(
  { tenant_id: tenantId, chain }: CertificateBody,
  { keyIds, exports }: { keyIds: readonly string[]; exports: readonly string[] },
): Promise<CertificateCheck> {
  const checked = await checkFiles(exports, keyIds)
  const hash = await findStatedHash(exports, { tenantId, seq: chain.seq })
  const entry = `entry ${chain.seq}`
  if (hash === undefined)
    return { ...checked, unproved: [...checked.unproved, `${entry}, at which it was taken, is in none of the exports`] }
  if (hash !== chain.hash)
    return {
      ...checked,
      faults: [...checked.faults, `the exports state another hash for ${entry}, at which it was taken`],
    }
  return {
    ...checked,
    findings: [...checked.findings, `In the exported chain: ${entry}, with the hash of the certificate.`],
  }
}

function describeKeys(keys: readonly PublicKey[], keyIds: readonly string[]): string {
  if (keyIds.length > 0) return `Key: compared with the one you gave, ${keyIds.join(', ')}.`
  const there = keys.map(({ id }) => id).join(', ') || 'none'
  return `Key: not compared, so whoever made this file could have signed it; give the id that you wrote down with --key (in the file: ${there}).`
}
