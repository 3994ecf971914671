import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Finding } from './rule.ts'

/** Findings of the TypeScript compiler over tsconfig.json in `root`, and over the one of the web app, which has other globals. */
export async function checkTypes(root: string): Promise<Finding[]> {
  return (await Promise.all(['.', 'web'].map((project) => checkProject(root, project)))).flat()
}

async function checkProject(root: string, project: string): Promise<Finding[]> {
  // Each checker works out the types of all operations anew: four of them take three times the processor of one.
  const ran = await run(root, 'typescript/bin/tsc', ['-p', project, '--checkers', '1', '--pretty', 'false'])
  const found = Array.from(ran.stdout.matchAll(/^(\S.*?)\((\d+),\d+\): error (TS\d+: .*)/gm), (match) => ({
    check: 'types',
    path: match[1] ?? '',
    line: Number(match[2]),
    message: match[3] ?? '',
  }))
  return orFailure('types', found, ran)
}

/** Findings of Biome: lint rules, import order and formatting, as biome.json says. */
export async function checkBiome(root: string): Promise<Finding[]> {
  const ran = await run(root, '@biomejs/biome/bin/biome', [
    'ci',
    '--colors=off',
    '--max-diagnostics=none',
    '--error-on-warnings',
    '--reporter=gitlab',
  ])
  const reported = parse<BiomeReport[]>(ran.stdout, [])
  const found = reported.map(({ check_name, description, location }) => ({
    check: 'biome',
    path: location.path,
    line: location.lines.begin,
    message:
      check_name === 'format'
        ? 'use the output of `npx biome check --write` instead of this format'
        : `${description} (${check_name})`,
  }))
  return orFailure('biome', found, ran)
}

/** Findings of knip: files, exports and dependencies that nothing uses, as knip.json says. */
export async function checkKnip(root: string): Promise<Finding[]> {
  const ran = await run(root, 'knip/bin/knip.js', ['--no-progress', '--no-config-hints', '--reporter', 'json'])
  const { issues } = parse<{ issues: KnipIssue[] }>(ran.stdout, { issues: [] })
  const found = issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, entries]) =>
      entries.flat().map(({ name, line = 1 }) => ({
        check: 'knip',
        path: file,
        line,
        message: kind === 'files' ? 'is used by nothing: delete it' : `${KNIP_KINDS[kind] ?? kind}: \`${name}\``,
      })),
    ),
  )
  return orFailure('knip', found, ran)
}

type BiomeReport = { description: string; check_name: string; location: { path: string; lines: { begin: number } } }
type KnipEntry = { name: string; line?: number }
type KnipIssue = { file: string } & Record<string, (KnipEntry | KnipEntry[])[]>
type Ran = { code: number | null; stdout: string; stderr: string }

const KNIP_KINDS: Record<string, string> = {
  dependencies: 'dependency that nothing imports, delete it',
  devDependencies: 'dependency that nothing imports, delete it',
  optionalPeerDependencies: 'optional peer that is imported, list it in package.json',
  unlisted: 'imported but not in package.json, list it',
  binaries: 'run but not in package.json, list its package',
  unresolved: 'import that leads nowhere',
  exports: 'export that nothing imports, do not export it',
  types: 'exported type that nothing imports, do not export it',
  duplicates: 'exported under two names, keep one',
}

// Run by this Node rather than through node_modules/.bin, whose first line asks for whatever `node` is on the PATH.
function run(root: string, script: string, args: string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** A tool that failed without saying where must not look like one that found nothing. */
function orFailure(check: string, found: Finding[], ran: Ran): Finding[] {
  if (ran.code === 0 || found.length > 0) return found
  return [{ check, path: '.', line: 1, message: `failed: ${(ran.stderr.trim() || ran.stdout.trim()).slice(0, 4000)}` }]
}

function parse<T>(text: string, empty: T): T {
  const start = text.search(/[[{]/)
  if (start === -1) return empty
  try {
    return JSON.parse(text.slice(start))
  } catch {
    return empty
  }
}
