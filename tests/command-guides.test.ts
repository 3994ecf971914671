import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environment, node, type ServerProcess, startServerProcess, temporaryDirectory } from './harness/process.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const read = (path: string) => readFile(join(directory.path, path), 'utf8')

// the guide, and what is there once all its commands have run
const guides: [guide: string, proof: (said: string) => Promise<void>][] = [
  [
    'stock.md',
    async (said) => {
      expect(said).toContain('"suggested_quantity": "60"')
      expect((await readFile(join(directory.path, 'labels.pdf'))).subarray(0, 5).toString()).toBe('%PDF-')
      expect(await read('recall.csv')).toContain('LOT-66')
    },
  ],
  [
    'integrity.md',
    async (said) => {
      expect(said).toContain('Genuine, and everything holds.')
      expect(said).toMatch(/In the exported chain: entry \d+, with the hash of the certificate/)
      expect(await read('certificate.json')).toContain('"type": "integrity_certificate"')
    },
  ],
  [
    'history.md',
    async (said) => {
      expect(said).toContain('"exact_amount": "20.37"')
      expect(said).toContain('already_recorded')
      expect(said).toContain("[ 'recorded', 'already_recorded', 'already_recorded' ]")
      // The sale less the credit and the bad debt, as they are rounded.
      expect(said).toContain('4.9100')
    },
  ],
  [
    'reports.md',
    async (said) => {
      expect(said).toContain('"title": "Takings"')
      expect(said).toContain('"report": "sales-by-month"')
      expect(said).toContain('"name": "The week"')
    },
  ],
  [
    'till.md',
    async (said) => {
      expect(said).toContain('"variance": "-0.5"')
      expect(said).toContain('already_booked')
      expect(said).toContain('"is_complete": true')
      expect(said).toContain('"balance": "111"')
      expect(await read('receipt.html')).toContain('R1-000001')
      expect(await read('z-report.html')).toContain('Rapport de clôture')
    },
  ],
  [
    'import.md',
    async (said) => {
      expect(said).toContain('InvoiceNo → number')
      for (const counts of ['tried: 2 would be created', 'committed: 2 created', 'committed: 4 created'])
        expect(said).toContain(counts)
      expect(said).toContain('"status": "undoing"')
    },
  ],
  ['quality.md', async (said) => expect(said).toContain('"status": "queued"')],
]

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
function scriptOf(name: string): string {
  const guide = readFileSync(join(root, 'docs/guides', name), 'utf8')
  const steps = guide.matchAll(/^```sh\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm)
  const said = [...steps].map(([, commands = '', refusal]) =>
    refusal
      ? `if said=$( { ${commands} } 2>&1 ); then exit 9; fi; case "$said" in *${refusal.trim()}*) ;; *) echo "$said" >&2; exit 8;; esac\n`
      : commands,
  )
  return `set -eo pipefail\n${said.join('')}`
}

test.each(guides)('every command of %s runs, in its order', { timeout: 180_000 }, async (guide, prove) => {
  // What `npx comptoir` starts, without npm before each of them.
  const npx = join(directory.path, 'npx')
  await writeFile(
    npx,
    `#!/bin/sh\nshift\nexec ${node.map((word) => `'${word}'`).join(' ')} '${join(root, 'server/cli.ts')}' "$@"\n`,
  )
  await chmod(npx, 0o755)
  const env = environment({
    DATA_DIR: join(directory.path, '.data'),
    XDG_CONFIG_HOME: join(directory.path, 'config'),
    COMPTOIR_URL: server.url,
    COMPTOIR_PASSWORD: server.demo?.password ?? '',
    PATH: `${directory.path}:${process.env.PATH}`,
  })
  const script = `npx comptoir login --email ${server.demo?.email}\n${scriptOf(guide)}`
  const { stdout } = await run('bash', ['-c', script], { cwd: directory.path, env, maxBuffer: 16 * 1024 * 1024 })
  await prove(stdout)
})
