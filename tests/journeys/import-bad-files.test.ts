import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { taxClassOf } from '../harness/catalog.ts'
import { runImport, upload } from '../harness/imports.ts'
import { withClient } from '../harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'
import { sheet, sheetFiles, workbook, writeArchive } from '../harness/sheets.ts'

const files = sheetFiles()
let server: TestServer
let owner: TestOwner
let jobs: { stop(): Promise<void> }
let options: Record<string, string>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  jobs = await server.product.startJobs()
  options = { tax_class_id: await taxClassOf(owner), branch_id: owner.branchId }
})
afterAll(async () => {
  await jobs.stop()
  await server.close()
})

/** How many rows there are of whatever an import makes. */
const things = () =>
  withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::int FROM catalog.product) AS products, (SELECT count(*)::int FROM inventory.movement) AS movements,
         (SELECT count(*)::int FROM ledger.journal) AS journals, (SELECT count(*)::int FROM imports.provenance) AS provenance,
         (SELECT count(*)::int FROM imports.import) AS imports`,
    )
    return rows[0]
  })

async function begin(content: string | Buffer) {
  const body = new Uint8Array(Buffer.from(content))
  expect((await upload(server, owner, body)).status).toBe(201)
  const sha256 = createHash('sha256').update(body).digest('hex')
  return owner.client.call('imports.create-import', { target: 'products', sha256, file_name: 'products.csv' })
}

const xlsx = async (rows: string, behind = '', main: string = workbook['xl/workbook.xml']) =>
  readFile(
    await writeArchive(files.path(), { ...workbook, 'xl/workbook.xml': main, 'xl/sheet.xml': sheet(rows, behind) }),
  )
const cell = (reference: string, value: string) => `<c r="${reference}" t="inlineStr"><is><t>${value}</t></is></c>`
const row = (number: number, cells: string) => `<row r="${number}">${cells}</row>`

const latin = (text: string) => Buffer.from(text, 'latin1')
/** Some gigabytes that are a few megabytes: the same piece again and again. */
const unpacked = (piece: Buffer, times: number) => Buffer.concat(Array.from({ length: times }, () => piece))

describe('is refused when it is begun, and nothing is there of it', () => {
  test.each<[string, () => string | Buffer | Promise<Buffer>, string]>([
    ['blank lines', () => '\r\n\n ,,\n', 'file_empty'],
    ['a header alone', () => 'SKU,Name\n', 'header_only'],
    ['NUL bytes', () => 'SKU,Name\nA,T\0ea\n', 'nul_bytes'],
    ['two encodings', () => Buffer.concat([Buffer.from('SKU,Name\nA,Thé\n'), latin('B,Café\n')]), 'encoding_mixed'],
    ['a quote that is never closed', () => 'SKU,Name\nA,"Tea\nB,Coffee\n', 'quote_unclosed'],
    ['a PDF', () => '%PDF-1.7\n', 'sheet_kind_unknown'],
    ['a workbook of before 2007', () => Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'sheet_kind_unknown'],
    [
      'a file that is cut short',
      () => gzipSync('SKU,Name\nA,Tea\n'.repeat(1_000)).subarray(0, 60),
      'archive_unreadable',
    ],
    [
      'an archive that is cut short',
      async () => (await xlsx(row(1, cell('A1', 'SKU')))).subarray(0, 300),
      'sheet_unreadable',
    ],
    [
      'a line of two gigabytes',
      () => Buffer.concat([gzipSync('SKU,Name\nA,'), unpacked(gzipSync(Buffer.alloc(16 * 1024 ** 2, 'x')), 128)]),
      'archive_too_large',
    ],
    [
      'a zip bomb',
      () =>
        xlsx(
          `${row(1, cell('A1', 'SKU') + cell('B1', 'Name'))}${`<row>${cell('A2', '0'.repeat(1_000))}</row>`.repeat(64 * 1_024)}`,
        ),
      'archive_too_large',
    ],
    ['a workbook without rows', () => xlsx(''), 'file_empty'],
  ])('%s', async (_, content, code) => {
    const before = await things()
    const begun = begin(await content())
    await expect(begun).rejects.toMatchObject({ problem: { code, status: 422 } })
    expect(await things()).toEqual(before)
  })
})

describe('far down in the file, ends the check with its row, and nothing goes in', () => {
  const many = Array.from({ length: 60_000 }, (_, at) => `FAR-${at},Tea\n`).join('')
  test.each<[string, Buffer, string]>([
    ['NUL bytes', Buffer.from(`SKU,Name\n${many}LAST,T\0ea\n`), 'nul_bytes'],
    [
      'another encoding',
      Buffer.concat([Buffer.from(`SKU,Name\nA,Thé\n${many}`), latin('LAST,Café\n')]),
      'encoding_mixed',
    ],
    ['a line of forty megabytes', Buffer.from(`SKU,Name\nA,${'x'.repeat(40 * 1024 ** 2)}`), 'row_too_long'],
  ])('%s', async (_, content, code) => {
    const before = await things()
    const ended = await begin(content).then(
      async ({ id, version }) => {
        await owner.client.call('imports.map-import', { id, version, options })
        const { status, fault_code, fault } = await runImport(owner, id, 'imports.check-import')
        expect(status).toBe('failed')
        return { code: fault_code, detail: fault }
      },
      // What the first look reaches is refused at once.
      ({ problem }) => problem as { code: string; detail: string },
    )
    expect(ended).toMatchObject({ code, detail: expect.stringMatching(/^Row (2|6000\d)$/) })
    expect({ ...(await things()), imports: 0 }).toEqual({ ...before, imports: 0 })
  })
})

describe('has rows that are wrong, each told with what it may have meant, and the others go in', () => {
  test.each<[string, () => string | Promise<Buffer>, unknown[], number, { decimal?: ',' }?]>([
    [
      'ragged rows',
      () => 'SKU,Name,Qty\nRAG-1\nRAG-2,Bee,1,more,even more\nRAG-3,Sea\nRAG-4,Dee,4\n',
      [
        [2, 'Name', 'missing', null],
        [3, null, 'too_many_cells', null],
      ],
      2,
    ],
    [
      'numbers with the wrong decimal sign',
      () => 'SKU;Name;Unit cost;Qty\nDEC-1;One;1,25;1\nDEC-2;Two;2,75;1\nDEC-3;Three;3.5;1\nDEC-4;Four;1.234,50;1\n',
      [[4, 'Unit cost', 'decimal_sign_wrong', '3,5']],
      3,
      { decimal: ',' },
    ],
    [
      'days that are serial numbers of a spreadsheet',
      () => 'SKU,Name,Qty,Lot,Expiry\nDAY-1,One,1,L1,2031-08-31\nDAY-2,Two,1,L2,48091\n',
      [[3, 'Expiry', 'date_is_serial', '2031-08-31']],
      1,
    ],
    [
      'formulas without what they come to, and errors',
      () =>
        xlsx(
          [
            row(1, cell('A1', 'SKU') + cell('B1', 'Name') + cell('C1', 'Qty')),
            row(2, `${cell('A2', 'FOR-1')}${cell('B2', 'One')}<c r="C2"><f>1+1</f><v>2</v></c>`),
            row(3, `${cell('A3', 'FOR-2')}${cell('B3', 'Two')}<c r="C3"><f>A1*2</f></c>`),
            row(4, `${cell('A4', 'FOR-3')}${cell('B4', 'Three')}<c r="C4" t="e"><v>#N/A</v></c>`),
          ].join(''),
        ),
      [
        [3, 'Qty', 'formula_without_value', null],
        [4, 'Qty', 'cell_error', null],
      ],
      1,
    ],
    [
      'cells that are merged',
      () =>
        xlsx(
          [
            row(1, cell('A1', 'SKU') + cell('B1', 'Name')),
            row(2, cell('A2', 'MER-1') + cell('B2', 'One')),
            row(3, cell('A3', 'MER-2')),
          ].join(''),
          '<mergeCells><mergeCell ref="B2:B3"/></mergeCells>',
        ),
      [[3, 'Name', 'missing', null]],
      1,
    ],
  ])('%s', async (_, content, errors, created, said) => {
    const { id, version, conventions } = await begin(await content())
    await owner.client.call('imports.map-import', { id, version, options, conventions: { ...conventions, ...said } })
    const checked = await runImport(owner, id, 'imports.check-import')
    expect(checked).toMatchObject({ status: 'checked', fault: null, failed_rows: errors.length })
    const { items } = await owner.client.call('imports.list-errors', { id })
    expect(items.map((one) => [one.row_number, one.column, one.code, one.suggested_value])).toEqual(errors)
    const meant = items.filter((one) => one.suggested_value !== null)
    for (const { row_number, column, suggested_value: value } of meant) {
      const left = await owner.client.call('imports.fix-cell', { id, row_number, column: column ?? '', value })
      expect(left.items, 'what is suggested is right').toEqual([])
    }
    const done = await runImport(owner, id, 'imports.commit-import')
    const [created_rows, failed_rows] = [created + meant.length, errors.length - meant.length]
    expect(done).toMatchObject({ status: 'committed', created_rows, failed_rows, fault: null })
  })
})

test('numbers that contradict each other are asked, and none is read before somebody has said how', async () => {
  const { id, version, questions } = await begin('SKU;Name;Unit cost\nASK-1;One;1,25\nASK-2;Two;2.75\n')
  expect(questions).toEqual([{ column: 'Unit cost', ask: 'decimal' }])
  await expect(owner.client.call('imports.check-import', { id, version })).rejects.toMatchObject({
    problem: { code: 'import_convention_missing', detail: expect.stringContaining('Unit cost') },
  })
})

test('what is odd of a file that can be read is told when it is begun', async () => {
  const repeated = await begin('SKU,Name,Name,,Qty\nODD-1,One,Two,,\n')
  expect(repeated.columns.map(({ name }) => name)).toEqual(['SKU', 'Name', 'Name (2)', 'Column 4', 'Qty'])
  expect(repeated.mapping).toMatchObject({ name: 'Name' })
  expect(repeated.notes.map(({ code }) => code).toSorted()).toEqual(['headers_blank', 'headers_repeated'])
  const main = workbook['xl/workbook.xml'].replace('</sheets>', '<sheet name="More" r:id="r4"/></sheets>')
  const rows = [
    row(1, cell('A1', 'SKU') + cell('B1', 'Name')),
    row(2, `${cell('A2', 'ODD-2')}<c r="B2" t="str"><f>UPPER("tea")</f><v>TEA</v></c>`),
    row(3, cell('A3', 'ODD-3')),
  ]
  const odd = await begin(await xlsx(rows.join(''), '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>', main))
  expect(odd.notes).toEqual([
    { code: 'cells_merged', of: ['A2:A3'] },
    { code: 'formulas', of: ['B2'] },
    { code: 'other_sheets', of: ['More'] },
  ])
})
