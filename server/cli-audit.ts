import { announceRotation, checkFiles, makeCheckpoint } from './audit/index.ts'
import { exportChain } from './cli-export.ts'
import { withProduct } from './cli-installation.ts'
import { type CliCommand, credentialsOf, need, print, remote, text, textOf, urlOf, type Values } from './cli-support.ts'
import { parseConfig } from './platform/config.ts'
import { inTransaction } from './platform/database.ts'
import { OperatorError, UsageError } from './platform/explain.ts'
import { nobody } from './platform/identifiers.ts'
import { instant } from './platform/schema.ts'
import { addSigningKey, loadSigningKeys } from './platform/signing-keys.ts'
import { now } from './platform/time.ts'
import { allTenants } from './tenants/index.ts'
import { assertMigrated } from './verify.ts'

const verbs: Record<string, (values: Values, positionals: string[]) => Promise<number>> = {
  export: exportSlice,
  check,
  checkpoint,
  keys: listKeys,
  'rotate-key': rotateKey,
}

const span = ['from', 'until']
const optionsOf: Record<string, readonly string[]> = {
  export: [...Object.keys(remote), ...span, 'out'],
  check: [...span, 'key'],
  checkpoint: ['tenant'],
}
const usages: Record<string, string> = {
  export: 'audit export --out FILE [--from TIME] [--until TIME] [--url URL] [--api-key KEY] [--tenant ID]',
  check: 'audit check FILE… [--key KEY_ID] [--from TIME] [--until TIME]',
  checkpoint: 'audit checkpoint [--tenant ID]',
  keys: 'audit keys',
  'rotate-key': 'audit rotate-key',
}
const exitCodes = { intact: 0, broken: 1, notProved: 3 }

/** What concerns the audit chain: `export` and `check` for whoever checks the books, the others for the operator. */
export const auditCommand: CliCommand = {
  synopsis: 'audit export | check | checkpoint | keys | rotate-key',
  summary: 'Export a span of the audit chain, check it offline; make checkpoints; list or rotate their keys.',
  options: { ...remote, from: text, until: text, out: text, key: text },
  async run(values, [verb = '', ...rest]) {
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
    if (!run || (verb !== 'check' && rest.length > 0)) throw new UsageError(`comptoir ${this.synopsis}`)
    const { [verb]: taken = [] } = optionsOf
    const strange = Object.keys(values).filter((name) => !taken.includes(name))
    if (strange.length > 0)
      throw new UsageError(`audit ${verb} does not take --${strange.join(', --')}.\nUsage: comptoir ${usages[verb]}`)
    return run(values, rest)
  },
}

async function exportSlice(values: Values): Promise<number> {
  const out = need(values, 'out')
  const { from, until } = spanOf(values)
  const url = urlOf(values)
  const made = await exportChain({ url, headers: credentialsOf(values, url), from, until, out })
  print(`Exported entries ${made.from_seq} to ${made.until_seq}, checkpoints: ${made.checkpoints}, to ${out}.`)
  const { proved = made.from_seq - 1 } = made
  if (proved < made.until_seq) print(`No checkpoint covers what came after entry ${proved} yet; the next one will.`)
  return 0
}

async function check(values: Values, paths: string[]): Promise<number> {
  if (paths.length === 0) throw new UsageError(`Say which files: comptoir ${usages.check}`)
  const keyIds = textOf(values, 'key')?.split(',') ?? []
  if (!keyIds.every((id) => /^[0-9a-f]{16}$/.test(id)))
    throw new UsageError('--key takes the id of a key, 16 hex digits, or several with commas between them.')
  const { faults, findings, unproved } = await checkFiles(paths, keyIds, spanOf(values))
  for (const finding of findings) print(finding)
  for (const fault of faults) print(`broken: ${fault}`)
  if (faults.length > 0) return exitCodes.broken
  print(unproved.length === 0 ? 'Intact.' : `Unbroken, not proved: ${unproved.join('; ')}.`)
  return unproved.length === 0 ? exitCodes.intact : exitCodes.notProved
}

async function checkpoint(values: Values): Promise<number> {
  const tenant = textOf(values, 'tenant')
  return withProduct(async ({ databases, sealing }, installation) => {
    await assertMigrated(installation)
    const all = [nobody, ...(await allTenants(databases.jobs))]
    if (tenant !== undefined && !all.includes(tenant)) throw new OperatorError(`There is no tenant ${tenant}.`)
    let contradictions = 0
    for (const tenantId of tenant === undefined ? all : [tenant]) {
      const found = await inTransaction(databases.app, tenantId, ({ client }) =>
        makeCheckpoint({ client, tenantId, now: now() }, sealing, 'requested'),
      )
      if (!found) contradictions++
      print(
        found
          ? madeSentence(tenantId, found)
          : `broken: checkpoints contradict the chain of ${tenantId}: run comptoir verify`,
      )
    }
    return contradictions === 0 ? 0 : 1
  })
}

function madeSentence(tenantId: string, found: NonNullable<Awaited<ReturnType<typeof makeCheckpoint>>>): string {
  const { seq, key_id: keyId } = found.checkpoint
  return `${found.made ? 'made' : 'unchanged'}: checkpoint of entry ${seq}, chain of ${tenantId}, key ${keyId}`
}

async function listKeys(): Promise<number> {
  for (const [index, { id }] of loadSigningKeys(parseConfig(process.env)).entries())
    print(`${id}  ${index === 0 ? 'signs' : 'signed before'}`)
  return 0
}

async function rotateKey(): Promise<number> {
  const config = parseConfig(process.env)
  const [added, before] = addSigningKey(config)
  if (!added || !before) throw new Error('a key was added and is not there')
  return withProduct(async ({ databases, sealing }, installation) => {
    await assertMigrated(installation)
    await announceRotation(databases, sealing, config.environment)
    print(`${added.id} signs from now on; ${before.id} endorsed it.`)
    return 0
  })
}

function spanOf(values: Values): { from: string | undefined; until: string | undefined } {
  const [from, until] = [timeOf(values, 'from'), timeOf(values, 'until')]
  if (from !== undefined && until !== undefined && Date.parse(from) > Date.parse(until))
    throw new UsageError(`--from ${from} is after --until ${until}: turn them round.`)
  return { from, until }
}

/** A day, from midnight UTC, or a time with its zone. */
function timeOf(values: Values, name: string): string | undefined {
  const given = textOf(values, name)
  if (given === undefined) return undefined
  const parsed = instant.safeParse(/^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T00:00:00Z` : given)
  if (!parsed.success) throw new UsageError(`--${name} is a day such as 2026-01-01 (UTC), or a time with its zone.`)
  return parsed.data
}
