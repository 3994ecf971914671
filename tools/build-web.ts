import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const record = join(root, 'web', 'dist', 'built-from.txt')

/** Builds the web app into web/dist, unless what is there was built from the same files. */
export async function buildWeb(): Promise<void> {
  const build = await hashSources()
  if (existsSync(record) && readFileSync(record, 'utf8').trim() === build) return
  console.error('Building the web app…')
  const [{ build: run }, { appConfig, serviceWorkerConfig }] = await Promise.all([
    import('vite'),
    import('./web-config.ts'),
  ])
  const name = build.slice(0, 16)
  await run(appConfig(name))
  await run(serviceWorkerConfig(name))
  writeFileSync(record, `${build}\n`)
}

/** What the app is built from: its own files, the server's, of which it takes routes and rules, and the packages. */
async function hashSources(): Promise<string> {
  const found = await Array.fromAsync(
    glob(
      [
        'web/**/*.{ts,tsx,css,html,svg,json,webmanifest}',
        'server/**/*.ts',
        'tools/{build-web,web-config,reference}.ts',
        'package-lock.json',
      ],
      {
        cwd: root,
        exclude: ['web/dist/**'],
      },
    ),
  )
  const hash = createHash('sha256')
  for (const path of found.filter((one) => !one.includes('.test.')).toSorted()) {
    hash.update(`${relative(root, join(root, path))}\n`).update(readFileSync(join(root, path)))
  }
  return hash.digest('hex')
}

if (import.meta.main) await buildWeb()
