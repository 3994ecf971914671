import { connectTo } from './cli-session.ts'
import { type CliCommand, credentialsOf, print, remote, urlOf } from './cli-support.ts'

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
    for (const { name, summary } of await server.operations()) {
      if (usable === undefined || usable.has(name)) print(`${name.padEnd(32)} ${summary}`)
    }
    return 0
  },
}

async function workplaceOperations(server: ReturnType<typeof connectTo>): Promise<ReadonlySet<string>> {
  const { body } = await server.request('tenants.get-workplace', {})
  return new Set((body as { operations: string[] }).operations)
}
