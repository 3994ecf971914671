import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientIn, signUpPerson, startTestServer, type TestPerson, type TestServer } from '../harness/server.ts'

interface Case {
  readonly title: string
  readonly entries: readonly { readonly word: string; readonly text: string }[]
}

const cases = readCases(readFileSync(join(import.meta.dirname, 'tax.txt'), 'utf8'))

let server: TestServer
let person: TestPerson
beforeAll(async () => {
  server = await startTestServer()
  person = await signUpPerson(server)
})
afterAll(() => server.close())

test('there are cases of at least 12 jurisdictions, with the tax in the price and on top of it', () => {
  const of = (word: string) => cases.flatMap(({ entries }) => entries.filter((one) => one.word === word))
  expect(new Set(of('tax').map(({ text }) => text.slice(0, 2))).size).toBeGreaterThanOrEqual(12)
  for (const prices of ['inclusive', 'exclusive'])
    expect(of('at').filter(({ text }) => text.endsWith(prices)).length).toBeGreaterThanOrEqual(12)
})

test.each(cases)('$title', async (one) => {
  const { client, branchId, classes } = await setUp(one)
  const [at = '', prices] = wordsOf(one, 'at')[0] ?? []
  const lines = wordsOf(one, 'line').map(([quantity = '', unit_price = '', discount = '', code = '']) => ({
    quantity,
    unit_price,
    discount,
    class_id: classes.get(code) ?? `no class ${code}`,
  }))
  const answer = await client.call('tax.calculate', {
    branch_id: branchId,
    at,
    prices_include_tax: prices === 'inclusive',
    lines,
  })
  const said = [
    ...answer.lines.map(
      ({ net, tax, gross, components }) =>
        `line | ${net} ${tax} ${gross} | ${components.map((component) => component.tax).join(' ')}`,
    ),
    `total ${answer.net} ${answer.tax} ${answer.gross}`,
    ...answer.components.map(
      ({ jurisdiction_code, name, rate, base, tax }) => `tax ${jurisdiction_code} ${rate} ${base} ${tax} | ${name}`,
    ),
  ]
  const expected = one.entries
    .filter(({ word }) => ['line', 'total', 'tax'].includes(word))
    .map(({ word, text }) => (word === 'line' ? `line ${text.slice(text.indexOf('|'))}` : `${word} ${text}`))
  expect(said.map((line) => line.trim())).toEqual(expected.map((line) => line.trim()))
})

/** A tenant of its own, with the places and rates of the case. */
async function setUp(one: Case) {
  const [[country = '', currency = '', time_zone = ''] = []] = wordsOf(one, 'entity')
  const tenant = await person.client.call('tenants.create-tenant', {
    legal_name: one.title,
    country,
    currency,
    time_zone,
  })
  const client = clientIn(server, person, tenant.id)
  const { items } = await client.call('tax.list-classes', {})
  const classes = new Map(items.map(({ id, code }) => [code, id]))
  for (const [code = '', kind, parent_code = ''] of wordsOf(one, 'place'))
    await client.call('tax.create-jurisdiction', { code, name: code, kind: kind as 'county', parent_code })
  for (const [code = ''] of wordsOf(one, 'class')) {
    const made = await client.call('tax.create-class', { code, name: code, treatment: 'taxed' })
    classes.set(code, made.id)
  }
  for (const [jurisdiction_code = '', code = '', rate = '', days = '', ...name] of wordsOf(one, 'rate')) {
    const [valid_from = '', valid_through] = days.split('..')
    const compound = name[0] === 'compound'
    await client.call('tax.create-rate', {
      jurisdiction_code,
      class_id: classes.get(code) ?? '',
      rate,
      valid_from,
      ...(valid_through && { valid_through }),
      compound,
      name: name.slice(compound ? 1 : 0).join(' '),
    })
  }
  for (const codes of wordsOf(one, 'stands'))
    await client.call('tax.set-branch-jurisdictions', { id: tenant.branch_id, version: 1, codes })
  return { client, branchId: tenant.branch_id, classes }
}

function wordsOf({ entries }: Case, word: string): string[][] {
  return entries.filter((one) => one.word === word).map(({ text }) => text.split(/\s+/))
}

function readCases(text: string): Case[] {
  return text
    .replace(/^#.*\n/gm, '')
    .split(/^case +/m)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const [title = '', ...rest] = block.trim().split('\n')
      return {
        title,
        entries: rest.map((line) => {
          const [, word = '', value = ''] = /^(\w+) +(.*)$/.exec(line.trim()) ?? []
          return { word, text: value }
        }),
      }
    })
}
