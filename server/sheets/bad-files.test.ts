import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { appendFile, open, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { read, rowsOf, sheet, sheetFiles, workbook, writeArchive } from '../../tests/harness/sheets.ts'
import { Refusal } from '../platform/refusal.ts'
import { detectSheet, readRows } from './index.ts'

const files = sheetFiles()
const mebibyte = 1024 ** 2

async function refusalOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error !== undefined && !(error instanceof Refusal)) throw error
  return { code: error?.kind.code, detail: error?.message }
}

/** A file that is a beginning and then the same again and again, as large as asked. */
async function largeFile(start: string, piece: string, bytes: number): Promise<string> {
  const path = files.path()
  const stream = createWriteStream(path)
  stream.write(start)
  const content = Buffer.from(piece.repeat(Math.ceil(mebibyte / piece.length)))
  for (let written = 0; written < bytes; written += content.length)
    if (!stream.write(content)) await once(stream, 'drain')
  stream.end()
  await once(stream, 'close')
  return path
}

test.each([
  ['nothing', '', 'file_empty'],
  ['blank lines', '\r\n\n  \n,,\n', 'file_empty'],
  ['a header alone', 'code,name\n', 'header_only'],
  ['a quote that is never closed', 'code,name\nA,"Tea\nB,Coffee\n', 'quote_unclosed'],
  ['NUL bytes', 'code,name\nA,T\0ea\n', 'nul_bytes'],
  ['a workbook of before 2007', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'sheet_kind_unknown'],
  ['a PDF', '%PDF-1.7\n', 'sheet_kind_unknown'],
  ['two encodings', Buffer.concat([Buffer.from('a,b\nThé,1\n'), Buffer.from('Café,2\n', 'latin1')]), 'encoding_mixed'],
  ['gzip that is cut short', gzipSync('a,b\n1,2\n'.repeat(1_000)).subarray(0, 40), 'archive_unreadable'],
  ['half of gzip within gzip', gzipSync(Buffer.from('504b0304', 'hex')), 'sheet_kind_unknown'],
  ['an archive that is cut short', Buffer.from('504b0304'.padEnd(200, '0'), 'hex'), 'sheet_unreadable'],
  ['more columns than are taken', `${'a,'.repeat(1_001)}b\n1,2\n`, 'too_many_columns'],
])('a file with %s is refused', async (_, content, code) => {
  const path = await files.keep(content)
  expect(await refusalOf(read(path))).toMatchObject({ code })
})

test('what is wrong far down is refused with the number of its row', async () => {
  const rows = 'A1,Tea\n'.repeat(100_000)
  const format = (await detectSheet(await files.keep(`code,name\n${rows}`))).format
  const mixed = await files.keep(Buffer.concat([Buffer.from(`code,name\n${rows}A2,`), Buffer.from('Café\n', 'latin1')]))
  expect(await refusalOf(rowsOf(mixed, format))).toEqual({ code: 'encoding_mixed', detail: 'Row 100002' })
  const nul = await files.keep(`code,name\n${rows}A2,T\0ea\n`)
  expect(await refusalOf(rowsOf(nul, format))).toEqual({ code: 'nul_bytes', detail: 'Row 100002' })
})

test('a line of two gigabytes is refused before more than a few megabytes are read', async () => {
  const path = files.path()
  await writeFile(path, 'code,name\nA1,Tea\n')
  const { format } = await detectSheet(path)
  const handle = await open(path, 'a')
  await handle.write('x'.repeat(8 * mebibyte))
  await handle.close()
  // The rest of it is a hole that takes no place on the disk.
  await truncate(path, 2 * 1024 * mebibyte)
  const before = process.memoryUsage.rss()
  expect(await refusalOf(rowsOf(path, format))).toEqual({ code: 'row_too_long', detail: 'Row 3' })
  expect(await refusalOf(read(path, { encoding: 'utf-8' }))).toMatchObject({
    code: expect.stringMatching(/row_too_long|nul_bytes/),
  })
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 * mebibyte)
})

test('a file that is one endless line, quoted or not, is refused', async () => {
  const plain = await largeFile('', 'endless ', 40 * mebibyte)
  expect(await refusalOf(detectSheet(plain))).toEqual({ code: 'row_too_long', detail: 'Row 1' })
  const quoted = await largeFile('code,name\nA1,"', 'endless\n', 40 * mebibyte)
  expect(await refusalOf(read(quoted))).toEqual({ code: 'quote_unclosed', detail: 'Row 2' })
})

test('gzip that unpacks to far more than it is, is refused while it is unpacked', async () => {
  const path = files.path()
  async function* zeros() {
    yield 'code,name\n'
    for (let piece = 0; piece < 300; piece++) yield 'A1,00000\n'.repeat(mebibyte / 9)
  }
  await pipeline(zeros(), createGzip(), createWriteStream(path))
  expect((await stat(path)).size).toBeLessThan(2 * mebibyte)
  expect(await refusalOf(detectSheet(path))).toMatchObject({ code: 'archive_too_large' })
})

const archive = (parts: Parameters<typeof writeArchive>[1]) => writeArchive(files.path(), parts)
const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`

test('a zip bomb is refused while it is unpacked, in bounded memory', async () => {
  const rows = await writeArchive(files.path(), {
    ...workbook,
    'xl/sheet.xml': sheet(`<row>${text('0'.repeat(1_000))}</row>`.repeat(128 * 1024)),
  })
  const texts = await writeArchive(files.path(), {
    ...workbook,
    'xl/sheet.xml': sheet(''),
    'xl/texts.xml': `<sst>${'<si><t>0</t></si>'.repeat(8_000_000)}</sst>`,
  })
  for (const path of [rows, texts]) {
    expect((await stat(path)).size).toBeLessThan(mebibyte)
    const before = process.memoryUsage.rss()
    expect(await refusalOf(detectSheet(path))).toMatchObject({ code: 'archive_too_large' })
    expect(process.memoryUsage.rss() - before).toBeLessThan(300 * mebibyte)
  }
})

test('an archive that unpacks to more than it says is refused', async () => {
  const path = await archive({ ...workbook, 'xl/sheet.xml': sheet(`<row>${text('a'.repeat(5_000))}</row>`) })
  const handle = await open(path, 'r+')
  const bytes = Buffer.alloc((await handle.stat()).size)
  await handle.read(bytes, 0, bytes.length, 0)
  const at = bytes.lastIndexOf('xl/sheet.xml') - 46
  bytes.writeUInt32LE(100, at + 24)
  await handle.write(bytes, 0, bytes.length, 0)
  await handle.close()
  expect(await refusalOf(detectSheet(path))).toMatchObject({ code: 'archive_too_large' })
})

test.each([
  ['no workbook in it', { 'word/document.xml': '<x/>' }, 'sheet_kind_unknown'],
  ['XML that is none', { ...workbook, 'xl/sheet.xml': '<worksheet><sheetData><row>' }, 'sheet_unreadable'],
  ['a sheet that is missing', workbook, 'sheet_unreadable'],
  ['no rows', { ...workbook, 'xl/sheet.xml': sheet('') }, 'file_empty'],
  ['a header alone', { ...workbook, 'xl/sheet.xml': sheet(`<row>${text('code')}</row>`) }, 'header_only'],
  [
    'a text that is not there',
    { ...workbook, 'xl/sheet.xml': sheet('<row><c t="s"><v>7</v></c></row>') },
    'sheet_unreadable',
  ],
  [
    'a cell in a column beyond all',
    { ...workbook, 'xl/sheet.xml': sheet('<row><c r="XFD1"><v>7</v></c></row>') },
    'too_many_columns',
  ],
  [
    'a cell without an end',
    { ...workbook, 'xl/sheet.xml': sheet(`<row>${text('a'.repeat(2 * mebibyte))}</row>`) },
    'row_too_long',
  ],
  [
    'entities of its own',
    { ...workbook, 'xl/sheet.xml': `<!DOCTYPE x [<!ENTITY e "eeee">]>${sheet(`<row>${text('&e;')}</row>`)}` },
    'sheet_unreadable',
  ],
])('an archive with %s is refused', async (_, parts, code) => {
  expect(await refusalOf(read(await archive(parts)))).toMatchObject({ code })
})

test('a sheet that is not there is refused', async () => {
  const path = await archive({ ...workbook, 'xl/sheet.xml': sheet(`<row>${text('a')}</row>`) })
  expect(await refusalOf(detectSheet(path, { sheet: 'Other' }))).toMatchObject({ code: 'sheet_not_found' })
})

test.each([
  ['it grows', (path: string) => appendFile(path, 'A2,Coffee\n')],
  ['it is written again, as long as before', (path: string) => utimes(path, 1, 1)],
])('a file that changes while it is read is refused: %s', async (_, change) => {
  const path = await files.keep(`code,name\n${'A1,Tea\n'.repeat(100_000)}`)
  const { format } = await detectSheet(path)
  const rows = readRows(path, format)
  await rows.next()
  await change(path)
  const rest = async () => {
    for await (const _ of rows);
  }
  expect(await refusalOf(rest())).toMatchObject({ code: 'file_changed' })
})

test('a file that is not what its hash says is refused', async () => {
  const path = await files.keep('code,name\nA1,Tea\n')
  const { format } = await detectSheet(path)
  const all = async () => {
    for await (const _ of readRows(path, format, { sha256: '0'.repeat(64) }));
  }
  expect(await refusalOf(all())).toMatchObject({ code: 'file_changed' })
})
