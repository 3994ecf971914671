import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { commands } from '../server/cli-commands.ts'
import { configVariables, parseConfig } from '../server/platform/config.ts'
import { migrateUp } from '../server/platform/migrate.ts'
import { roleUrls } from '../server/platform/roles.ts'
import { loadSecrets } from '../server/platform/secrets.ts'
import { registeredOperations } from '../tools/reference.ts'
import { createTestDatabase, withClient } from './harness/postgres.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)

const guides = files('docs/guides')
const moduleReadmes = files('server')
  .map((folder) => `${folder}/README.md`)
  .filter((path) => existsSync(join(root, path)))
const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'STYLE.md', 'CONTRIBUTING.md', 'db/README.md'],
  ...[...guides, ...files('docs/decisions'), ...moduleReadmes],
]
const manifest = JSON.parse(read('package.json'))

interface Block {
  readonly language: string
  readonly file: string | undefined
  readonly text: string
}

/** The fenced blocks of a page, in order. */
function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', file, text = '']) => ({ language, file, text }),
  )
}

/** What a page says in code: its blocks that name no file, and its spans. */
function codeOf(path: string): string[] {
  const markdown = read(path)
  const blocks = blocksOf(markdown).filter((block) => block.file === undefined)
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, '')
  return [...blocks.map(({ text }) => text), ...[...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)]
}

describe('the walk of add-a-module.md', () => {
  let copy: string
  let blocks: Block[]
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'comptoir-guide-'))
    await copyRepository(copy)
    blocks = blocksOf(withNextMigration(read('docs/guides/add-a-module.md')))
    for (const { language, file, text } of blocks) if (file) await apply(join(copy, file), language, text)
  })
  afterAll(() => rm(copy, { recursive: true, force: true }))

  test('passes every command it names', { timeout: 180_000 }, async () => {
    const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n'))
    expect(lines).toEqual(['npm run generate', 'npm run check', 'npm test -- server/loyalty'])
    for (const line of lines) {
      const failure = await run('sh', ['-c', line], { cwd: copy, env: bareEnvironment() }).then(
        () => undefined,
        (error) => `${line}\n${error.stdout}\n${error.stderr}`,
      )
      expect(failure).toBeUndefined()
    }
  })
})

/** Nothing of this run; npm runs the script itself, not the installation before it. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_ignore_scripts: 'true' }
}

/** Every file that git knows or would add, and the installed packages by links, one each: nothing is shared but read. */
async function copyRepository(target: string): Promise<void> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  for (const path of stdout.split('\0').filter((name) => name && existsSync(join(root, name)))) {
    await cp(join(root, path), join(target, path))
  }
  await mkdir(join(target, 'node_modules'))
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name.startsWith('.') && name !== '.bin') continue
    await symlink(join(root, 'node_modules', name), join(target, 'node_modules', name))
  }
  await run('git', ['init', '--quiet'], { cwd: target })
}

/** The guide with the number that is free today. */
function withNextMigration(guide: string): string {
  const next = String(files('db/migrations').length + 1).padStart(4, '0')
  return guide.replaceAll(/\b\d{4}_loyalty\b/g, `${next}_loyalty`)
}

/** Writes a file of the guide; a diff changes one, and each of its hunks must be found there once. */
async function apply(path: string, language: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  if (language !== 'diff') return writeFile(path, text)
  let content = await readFile(path, 'utf8')
  for (const hunk of text.split(/^@@\n/m)) {
    const lines = hunk.split('\n').filter((line) => line !== '')
    const side = (leftOut: string) => lines.filter((line) => line[0] !== leftOut).map((line) => `${line.slice(1)}\n`)
    const before = side('+').join('')
    expect(content.split(before), `${path} holds once:\n${before}`).toHaveLength(2)
    content = content.replace(before, () => side('-').join(''))
  }
  await writeFile(path, content)
}

describe('every page', () => {
  test.each(pages)('%s names npm scripts that are there', (page) => {
    const named = codeOf(page).flatMap((code) => [...code.matchAll(/\bnpm (?:run (?:--\S+ )?)?([a-z]+)/g)])
    const own = ['ci', 'install', 'cache']
    const missing = named.map(([, name = '']) => name).filter((name) => !own.includes(name) && !manifest.scripts[name])
    expect(missing).toEqual([])
  })

  test.each(pages)('%s names commands and options of the command line that are there', (page) => {
    const named = codeOf(page).flatMap((code) => [...code.matchAll(/(?:npx comptoir|server\/cli\.ts) (.*)$/gm)])
    const wrong = named.flatMap(([, line = '']) => {
      const [name = '', operation = ''] = line.split(' ')
      const options = [...line.matchAll(/ --([a-z-]+)/g)].map(([, option = '']) => option)
      const unknown = options.filter((option) => !(option in (commands[name]?.options ?? {})))
      const operations = registeredOperations().map((one) => one.name)
      const called = name === 'call' && operation !== '' && !operations.includes(operation) ? [operation] : []
      return commands[name] ? [...unknown, ...called] : [name]
    })
    expect(wrong).toEqual([])
  })

  test.each(pages)('%s names files that are there', (page) => {
    const paths = codeOf(page).filter((code) => /^(?:server|db|tests|tools|bench|docs|web)\/[\w./-]+$/.test(code))
    const missing = paths.filter((path) => !/loyalty/.test(path) && !existsSync(join(root, path)))
    expect(missing).toEqual([])
  })

  test.each(moduleReadmes)('%s names a test for each thing that always holds', (page) => {
    const [, rows = ''] = /^\| what always holds .*\n\|.*\n((?:\|.*\n)+)/m.exec(read(page)) ?? []
    const unproved = rows.split('\n').filter((row) => row !== '' && !/`\S+\.test\.ts`[ |,]/.test(row))
    expect(rows).not.toBe('')
    expect(unproved).toEqual([])
  })
})

describe('README.md', () => {
  const pictures = [...read('README.md').matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)]

  test('says in words what each of its pictures shows', () => {
    expect(pictures.map(([, , path]) => path).toSorted()).toEqual(files('docs/images').toSorted())
    expect(pictures.filter(([, words = '']) => words.length < 20)).toEqual([])
  })

  test.each(pictures.map(([, , path = '']) => path))('%s is a PNG of less than 300 kB', (path) => {
    const bytes = readFileSync(join(root, path))
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
    expect(bytes.length).toBeLessThan(300_000)
  })
})

describe('configure.md', () => {
  const described = read('docs/guides/configure.md')
  const entries = [...described.matchAll(/^- ((?:`[A-Z_]+`(?: \(`[^`]+`\))?(?:, )?)+):/gm)].flatMap(([, head = '']) => [
    ...head.matchAll(/`([A-Z_]+)`(?: \(`([^`]+)`\))?/g),
  ])

  test('describes every variable, once, and no other', () => {
    expect(entries.map(([, name]) => name).toSorted()).toEqual([...configVariables].toSorted())
  })

  test('gives the defaults that .env.example gives', () => {
    const example = [...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value])
    const defaults = Object.fromEntries(entries.map(([, name, value = '']) => [name, value]))
    expect(defaults).toEqual(Object.fromEntries(example))
  })
})

describe('external-postgresql.md', () => {
  const [withCreateRole = '', byHand = ''] = blocksOf(read('docs/guides/external-postgresql.md'))
    .filter(({ language }) => language === 'sql')
    .map(({ text }) => text)

  test.each([
    ['an owner who creates roles', 'guide_one', withCreateRole],
    ['roles made by hand', 'guide_two', byHand],
  ])('%s: its statements make a server that takes the migrations', async (_, prefix, sql) => {
    const directory = await mkdtemp(join(tmpdir(), 'comptoir-guide-'))
    const beside = await createTestDatabase(inject('postgresPort'), { migrated: false })
    const statements = sql.replaceAll('comptoir', prefix).split(/;\n/).filter(Boolean)
    const password = (role: string) =>
      new RegExp(`ROLE ${prefix}_${role} .*PASSWORD '(.*)'`).exec(sqlOf(statements))?.[1]
    try {
      await withClient(beside.superuserUrl, async (client) => {
        for (const statement of statements) await client.query(statement)
      })
      const urlOf = (role: string) => urlFor(beside.superuserUrl, `${prefix}_${role}`, password(role) ?? '', prefix)
      const given = password('app')
        ? Object.fromEntries(
            ['app', 'identity', 'jobs', 'read'].map((role) => [`DATABASE_${role.toUpperCase()}_URL`, urlOf(role)]),
          )
        : {}
      const config = parseConfig({ DATABASE_URL: urlOf('owner'), DATABASE_ROLE_PREFIX: prefix, ...given })
      const urls = roleUrls(urlOf('owner'), config, loadSecrets(directory))
      const ran = await migrateUp({ ownerUrl: urlOf('owner'), roleUrls: urls, rolePrefix: prefix })
      expect(ran).toHaveLength(files('db/migrations').length)
      await withClient(urls.app, async (client: pg.Client) => {
        expect((await client.query('SELECT current_user AS role')).rows).toEqual([{ role: `${prefix}_app` }])
      })
    } finally {
      await withClient(beside.superuserUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${prefix} WITH (FORCE)`))
      await beside.drop()
      await rm(directory, { recursive: true, force: true })
    }
  })
})

function sqlOf(statements: readonly string[]): string {
  return statements.join('\n')
}

function urlFor(superuserUrl: string, user: string, password: string, database: string): string {
  const url = new URL(superuserUrl)
  url.username = user
  url.password = encodeURIComponent(password)
  url.pathname = `/${database}`
  return url.href
}

test('every dependency has its line in docs/decisions/0010-dependencies.md', () => {
  const named = read('docs/decisions/0010-dependencies.md')
  const { dependencies, devDependencies, optionalDependencies } = manifest
  const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(names.filter((name) => !named.includes(`\`${name}\``))).toEqual([])
})
