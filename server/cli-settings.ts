import { text as readText } from 'node:stream/consumers'
import pg from 'pg'
import { writeAudit } from './audit/index.ts'
import { assertInstalled, withInstallation } from './cli-installation.ts'
import { type CliCommand, print, text, textOf, type Values } from './cli-support.ts'
import { declaredSettings } from './declared-settings.ts'
import { parseConfig } from './platform/config.ts'
import { inOwnTransaction } from './platform/database.ts'
import { createEncryption, loadEncryptionKeys } from './platform/encryption.ts'
import { UsageError } from './platform/explain.ts'
import { nobody } from './platform/identifiers.ts'
import { instant } from './platform/schema.ts'
import { changePlatformSetting, createSettings, type Setting, type Settings, takesOf } from './settings/index.ts'
import { assertMigrated } from './verify.ts'

type Verb = (client: pg.Client, settings: Settings, values: Values, rest: string[]) => Promise<number>

const verbs: Record<string, Verb> = { list, get, set: setOne, unset: unsetOne }

/** Settings of the installation, for its operator: nobody else may change them. */
export const settingsCommand: CliCommand = {
  synopsis: 'settings list | get NAME | set NAME VALUE | unset NAME',
  summary: 'Settings of the installation; VALUE is JSON, a text, or - to read it from standard input.',
  options: { from: text, for: text },
  async run(values, [verb = '', ...rest]) {
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
    const wanted = { list: 0, get: 1, set: 2, unset: 1 }[verb]
    if (!run || rest.length !== wanted) throw new UsageError(`comptoir ${this.synopsis}`)
    assertInstalled()
    return withInstallation(async (installation) => {
      await assertMigrated(installation)
      const config = parseConfig(process.env)
      const encryption = createEncryption(() => loadEncryptionKeys(config))
      const settings = createSettings({ declared: declaredSettings, environment: config.environment, encryption })
      const client = new pg.Client({ connectionString: installation.ownerUrl })
      // A lost connection fails the next statement; without a listener it would take the process along.
      client.on('error', () => {})
      await client.connect()
      try {
        return await run(client, settings, values, rest)
      } finally {
        await client.end()
      }
    })
  },
}

async function list(client: pg.Client, settings: Settings): Promise<number> {
  for (const setting of settings.declared.values()) print(await lineOf(client, settings, setting))
  return 0
}

async function get(client: pg.Client, settings: Settings, _: Values, [name = '']: string[]): Promise<number> {
  const setting = settings.find(name)
  print(await lineOf(client, settings, setting))
  print(setting.help)
  print(`Takes ${takesOf(setting)}. Can be set for: ${setting.scopes.join(', ')}.`)
  return 0
}

async function setOne(client: pg.Client, settings: Settings, values: Values, [name = '', word = '']: string[]) {
  // The arguments of a command stand in the list of processes and in the history of the shell: no place for a secret.
  const given = word === '-' ? (await readText(process.stdin)).replace(/\r?\n$/, '') : word
  return change(client, settings, { name, values, value: { given: jsonOrText(given) } })
}

function unsetOne(client: pg.Client, settings: Settings, values: Values, [name = '']: string[]) {
  return change(client, settings, { name, values, value: undefined })
}

async function change(
  client: pg.Client,
  settings: Settings,
  { name, values, value }: { name: string; values: Values; value: { given: unknown } | undefined },
): Promise<number> {
  const setting = settings.find(name)
  const from = instantOf(values)
  const environment = textOf(values, 'for') ?? ''
  if (!/^([a-z][a-z0-9-]{0,31})?$/.test(environment))
    throw new UsageError('--for is the name of an installation, such as production.')
  await inOwnTransaction(client, nobody, async (tx) => {
    const entry = await changePlatformSetting(client, settings, { setting, environment, value, from })
    await writeAudit(tx, nobody, [entry])
  })
  const when = from ? `from ${from.toISOString()} on` : 'from now on'
  const restart = setting.requiresRestart ? '; restart the servers for it' : ''
  print(`${name} is ${value ? 'set' : 'not set any more'} ${when}${restart}.`)
  return 0
}

async function lineOf(client: pg.Client, settings: Settings, setting: Setting): Promise<string> {
  const found = (await settings.resolve({ client }, [setting])).get(setting.name)
  const shown = setting.secret && found?.source !== 'default' ? '(secret)' : JSON.stringify(found?.value)
  const fault = found?.isValid ? '' : ', which no longer fits: set it again'
  return `${setting.name} = ${shown}  (${found?.source}${fault})`
}

function jsonOrText(given: string): unknown {
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}

function instantOf(values: Values): Date | undefined {
  const given = textOf(values, 'from')
  if (given === undefined) return undefined
  const parsed = instant.safeParse(given)
  if (!parsed.success) throw new UsageError('--from is a time with its zone, such as 2026-01-01T00:00:00Z.')
  return new Date(parsed.data)
}
