import { type CliCommand, print, text, textOf } from './cli-support.ts'
import { checkCertificate } from './integrity/index.ts'
import { UsageError } from './platform/explain.ts'

const usage = 'integrity check FILE [--key KEY_ID] [--export FILE]…'
const exitCodes = { intact: 0, broken: 1, notProved: 3 }

/** Checks the file of a certificate offline: `integrity check`. */
export const integrityCommand: CliCommand = {
  synopsis: 'integrity check FILE',
  summary: 'Check a downloaded integrity certificate offline, and with --export that its head is in that audit chain.',
  options: { key: text, export: { type: 'string', multiple: true } },
  async run(values, [verb, path, ...rest]) {
    if (verb !== 'check' || path === undefined || rest.length > 0) throw new UsageError(`Usage: comptoir ${usage}`)
    const keyIds = textOf(values, 'key')?.split(',') ?? []
    if (!keyIds.every((id) => /^[0-9a-f]{16}$/.test(id)))
      throw new UsageError('--key takes the id of a key, 16 hex digits, or several with commas between them.')
    const exports = Array.isArray(values.export) ? values.export : []
    const { faults, findings, unproved } = await checkCertificate(path, { keyIds, exports })
    for (const finding of findings) print(finding)
    for (const fault of faults) print(`broken: ${fault}`)
    if (faults.length > 0) return exitCodes.broken
    print(
      unproved.length === 0
        ? 'Genuine, and everything holds.'
        : `Genuine by itself, not proved: ${unproved.join('; ')}.`,
    )
    return unproved.length === 0 ? exitCodes.intact : exitCodes.notProved
  },
}
