import { connectTo } from './cli-session.ts'
import { type CliCommand, credentialsOf, print, remote, urlOf } from './cli-support.ts'
import { ClientError } from './platform/client.ts'

/** `comptoir operations`: what the caller may use where they work, or, without a credential, all that the server has. */
export const operationsCommand: CliCommand = {
  synopsis: 'operations [--tenant ID]',
  summary: 'List the operations for `call`: those you may use, once you have signed in.',
  options: remote,
  async run(values) {
    const url = urlOf(values)
    const headers = credentialsOf(values, url)
    const server = connectTo({ url, headers })
    const isKnown = 'cookie' in headers || 'authorization' in headers
    const usable = isKnown ? await workplaceOperations(server) : undefined
    for (const { name, summary, inTenant } of await server.operations()) {
      if (isKnown ? (usable?.has(name) ?? !inTenant) : true) print(`${name.padEnd(32)} ${summary}`)
    }
    if (isKnown && !usable)
      process.stderr.write('These need no tenant. For those of one of yours: --tenant ID, from tenants.list-tenants.\n')
    return 0
  },
}

/** What the caller may use where they work; undefined when they work in no tenant, or have not said in which. */
async function workplaceOperations(server: ReturnType<typeof connectTo>): Promise<ReadonlySet<string> | undefined> {
  try {
    const { body } = await server.request('tenants.get-workplace', {})
    return new Set((body as { operations: string[] }).operations)
  } catch (error) {
    if (error instanceof ClientError && error.problem.code === 'tenant_required') return undefined
    throw error
  }
}
