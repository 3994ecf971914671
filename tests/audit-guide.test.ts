import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environment, type ServerProcess, startServerProcess, temporaryDirectory } from './harness/process.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const guide = readFileSync(join(root, 'docs/guides/audit.md'), 'utf8')
const steps = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm)].map(
  ([, commands = '', answer = '']) => ({ commands, answer }),
)
const keyInGuide = /--key ([0-9a-f]{16})/.exec(guide)?.[1] ?? ''

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: ServerProcess

beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startServerProcess({ DATA_DIR: join(directory.path, '.data') })
})
afterAll(async () => {
  await server.end('SIGTERM')
  await directory.remove()
})

/** Masks what differs from one run to the next. Ids, keys and hashes are numbered, so that the same stays the same. */
function createMask(): (text: string) => string {
  const known = new Map<string, string>()
  const named = (kind: string) => (found: string) => {
    const name = known.get(found) ?? `${kind}${known.size + 1}`
    known.set(found, name)
    return name
  }
  return (text) =>
    text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/(?<=time_us\\":)\d+/g, 'MICROSECONDS')
      .replaceAll(/(?!0{8}-)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, named('ID'))
      .replaceAll(/\b([0-9a-f]{64}|[0-9a-f]{16})\b/g, named('HEX'))
      .replaceAll(/"[A-Za-z0-9+/]{43,}={1,2}"/g, named('BASE64'))
      .replaceAll(/\bck_[\w…-]+/g, 'ck_')
      .replaceAll(/\b(localhost|127\.0\.0\.1):\d+/g, 'HOST')
      // The platform's chain has an entry for each migration there is.
      .replaceAll(/^.*\b0{8}-.*$/gm, (line) => line.replaceAll(/(?<=entry |, )\d+/g, 'N'))
}

test('the guide shows what its commands answer, step by step', { timeout: 120_000 }, async () => {
  const thisYear = new Date().getUTCFullYear()
  const env: Record<string, string> = {
    DATA_DIR: join(directory.path, '.data'),
    XDG_CONFIG_HOME: join(directory.path, 'config'),
    COMPTOIR_PASSWORD: server.demo?.password ?? '',
  }
  let key = ''
  const said: string[] = []
  for (const { commands } of steps) {
    const known = commands
      .replaceAll('http://localhost:4000', server.url)
      .replaceAll(keyInGuide, key)
      .replaceAll('2027-', `${thisYear + 1}-`)
      .replaceAll('2026-', `${thisYear}-`)
    if (known.startsWith('export COMPTOIR_API_KEY=')) {
      env.COMPTOIR_API_KEY = /"secret": "(\w\S+)"/.exec(said.at(-1) ?? '')?.[1] ?? ''
      said.push('')
      continue
    }
    const npx = `npx() { shift; '${process.execPath}' '${root}/server/cli.ts' "$@"; }`
    const { stdout, stderr } = await run('sh', ['-ec', `${npx}\n${known}`], {
      cwd: directory.path,
      env: environment(env),
    })
    expect(stderr, known).toBe('')
    said.push(stdout)
    key ||= /"id": "([0-9a-f]{16})"/.exec(stdout)?.[1] ?? ''
  }
  expect(steps.length).toBeGreaterThan(10)
  const [maskSaid, maskShown] = [createMask(), createMask()]
  for (const [index, { commands, answer }] of steps.entries()) {
    const unshown = answer === '' && /^(export|ls) /.test(commands)
    if (!unshown) expect(maskSaid(said[index] ?? ''), commands).toBe(maskShown(answer))
  }
})
