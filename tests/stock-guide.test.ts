import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environment, type ServerProcess, startServerProcess, temporaryDirectory } from './harness/process.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const guide = readFileSync(join(root, 'docs/guides/stock.md'), 'utf8')
const steps = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm)].map(
  ([, commands = '', refusal]) => ({ commands, refusal: refusal?.trim() }),
)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: ServerProcess

beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startServerProcess({ DATA_DIR: join(directory.path, '.data') })
})
afterAll(async () => {
  await server?.end('SIGTERM')
  await directory.remove()
})

/** The steps as one script: a step with a text behind it is refused with that code, and any other ends the script when it fails. */
function scriptOf(): string {
  const said = steps.map(({ commands, refusal }) =>
    refusal
      ? `if said=$( { ${commands} } 2>&1 ); then exit 9; fi; case "$said" in *${refusal}*) ;; *) echo "$said" >&2; exit 8;; esac\n`
      : commands,
  )
  return `set -eo pipefail\n${said.join('')}`
}

test('every command of the guide runs, in its order', { timeout: 180_000 }, async () => {
  // What `npx comptoir` starts, without npm before each of them.
  const npx = join(directory.path, 'npx')
  await writeFile(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' '${join(root, 'server/cli.ts')}' "$@"\n`)
  await chmod(npx, 0o755)
  const env = environment({
    DATA_DIR: join(directory.path, '.data'),
    XDG_CONFIG_HOME: join(directory.path, 'config'),
    COMPTOIR_URL: server.url,
    COMPTOIR_PASSWORD: server.demo?.password ?? '',
    PATH: `${directory.path}:${process.env.PATH}`,
  })
  const script = `npx comptoir login --email ${server.demo?.email}\n${scriptOf()}`
  const { stdout } = await run('bash', ['-c', script], { cwd: directory.path, env, maxBuffer: 16 * 1024 * 1024 })
  expect(stdout).toContain('"suggested_quantity": "60"')
  expect((await readFile(join(directory.path, 'labels.pdf'))).subarray(0, 5).toString()).toBe('%PDF-')
  expect(await readFile(join(directory.path, 'recall.csv'), 'utf8')).toContain('LOT-66')
})
