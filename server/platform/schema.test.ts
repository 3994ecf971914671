import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  amount,
  id,
  instant,
  line,
  locale,
  name,
  page,
  pageInput,
  paragraph,
  readCursor,
  time,
  timeZone,
  toPage,
  version,
} from './schema.ts'

const one = '0190f8a0-7c3e-7a51-8b1c-2f4d5e6a7b8c'
const nothing = Symbol('refused')

// what is read, by which schema, what comes out
type Row = readonly [given: unknown, made: unknown]
const kept = (...values: unknown[]): Row[] => values.map((value) => [value, value])
const refused = (...values: unknown[]): Row[] => values.map((value) => [value, nothing])

const tables: [name: string, schema: z.ZodType, rows: Row[]][] = [
  [
    'a line of text',
    line(10),
    [
      ...kept('a', 'été', '1234567890', 'a b', '中文', '👩‍🍳'),
      ['  a  ', 'a'],
      ['\u00a0a\u2003', 'a'],
      ['e\u0301te\u0301', 'été'],
      ['   1234567890   ', '1234567890'],
      ...refused(
        '',
        ' ',
        '12345678901',
        'a\nb',
        'a\tb',
        'a\0',
        '\x7f',
        '\x85',
        '\ud800',
        'a\udc00',
        1,
        null,
        undefined,
        ['a'],
        {},
      ),
      ...refused('\u{1d160}'.repeat(10), ' '.repeat(41)),
    ],
  ],
  [
    'a name',
    name(20),
    [
      ...kept(
        'Amina',
        'Zoë Müller-Lüdenscheidt'.slice(0, 20),
        'Д. Иванова',
        'Νίκος',
        'Արամ',
        'ⵣ',
        'أمينة',
        '山田 太郎',
      ),
      // Scripts that do not pass for Latin may stand beside it, and every word may have its own.
      ...kept('T恤 7', 'Café Кафе', 'Кафе-Bar', 'Ω3', "N'Golo Kanté", 'Đặng Thị Ệ', 'कमला'),
      ['  Amina\u00a0 Test\u3000', 'Amina Test'],
      ['Ame\u0301lie', 'Amélie'],
      // What is wide, narrow or drawn in a style is the same letter; signs that mean something stay.
      ['ｏｗｎｅｒ', 'owner'],
      ['𝗼𝘄𝗻𝗲𝗿 ﬁn ｶ', 'owner fin カ'],
      ...kept('m² ½ № ™'),
      // the first letters are Cyrillic, Cyrillic after an apostrophe, Greek, Armenian, Cyrillic with Greek
      ...refused('Аmina', "O'Вrien", 'Αnna', 'օwner', 'Аθ', 'p\u0430ypal', 'shop2\u0440'),
      ...refused(
        'a\u200bb',
        'a\u200db',
        'a\ufeffb',
        'a\u00adb',
        'a\u2060b',
        'a\u3164b',
        'a\u115fb',
        'a\u2800b',
        'a\ufe0fb',
      ),
      ...refused('a\u202eb', 'a\u2066b', 'a\u200fb', 'a\u061cb', 'a\u2028b', 'a\u{e0041}b', 'a\ue000b', 'a\u0378b'),
      ...refused(
        '\u200b',
        `a${'\u0334'.repeat(5)}`,
        'x'.repeat(21),
        ' '.repeat(81),
        '',
        ' ',
        'a\nb',
        'a\0',
        '\ud800',
        1,
        null,
      ),
    ],
  ],
  [
    'a paragraph',
    paragraph(10),
    [
      ...kept('a\nb', 'a\tb', 'a\r\nb'),
      ['\na\n', 'a'],
      ...refused('', '\n\n', 'a\0b', 'a\x0bb', 'a\x1bb', '\ud800', '12345\n678901', 1, null),
    ],
  ],
  [
    'an id',
    id,
    [
      ...kept(one, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'),
      [one.toUpperCase(), one],
      ...refused('', 'x', one.slice(1), `${one}0`, `{${one}}`, one.replaceAll('-', ''), ` ${one}`, `${one}\n`, 1, null),
      ...refused(
        '00000000-0000-0000-0000-000000000000',
        'ffffffff-ffff-ffff-ffff-ffffffffffff',
        'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
      ),
    ],
  ],
  [
    'a version',
    version,
    [...kept(1, 2_147_483_647), ...refused(0, -1, 1.5, 2_147_483_648, '1', Number.NaN, Number.POSITIVE_INFINITY, null)],
  ],
  [
    'an amount',
    amount,
    [
      ...kept('0', '1', '-1', '0.0001', '-0.5', '999999999999999.9999', '10.50', '0.0000'),
      ...refused(
        '',
        ' 1',
        '1 ',
        '+1',
        '01',
        '-01',
        '.5',
        '5.',
        '1.23456',
        '1000000000000000',
        '1,5',
        '1e5',
        '1E5',
        '--1',
        '-',
        '0x10',
        '1_000',
      ),
      ...refused('NaN', 'Infinity', '-Infinity', '١', '１', '1\n', 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, null),
    ],
  ],
  [
    'an instant',
    instant,
    [
      ...kept(
        '2026-01-31T23:59:59Z',
        '2024-02-29T00:00:00Z',
        '2026-01-01T00:00:00.123456Z',
        '2026-01-01T00:00:00+01:00',
        '1900-01-01T00:00:00Z',
        '2200-12-31T23:59:59Z',
      ),
      ...refused(
        '2026-02-30T00:00:00Z',
        '2026-02-29T00:00:00Z',
        '2026-04-31T00:00:00Z',
        '2026-00-01T00:00:00Z',
        '2026-13-01T00:00:00Z',
        '2026-01-00T00:00:00Z',
      ),
      ...refused(
        '2026-01-01T24:00:00Z',
        '2026-01-01T00:60:00Z',
        '2026-01-01T00:00:61Z',
        '2026-01-01T00:00:00+24:00',
        '2026-01-01T00:00:00+0100',
      ),
      ...refused(
        '2026-01-01T00:00:00',
        '2026-01-01',
        '00:00:00Z',
        '2026-01-01 00:00:00Z',
        '1899-12-31T23:59:59Z',
        '2201-01-01T00:00:00Z',
        '9999-01-01T00:00:00Z',
        '0000-01-01T00:00:00Z',
        '+275760-09-13T00:00:00Z',
      ),
      ...refused('', 'now', 'infinity', '2026-01-01T00:00:00Z\n', 1_767_225_600, null),
    ],
  ],
  [
    'a time zone',
    timeZone,
    [
      ...kept('Europe/Paris', 'Africa/Casablanca', 'America/Argentina/Buenos_Aires', 'UTC', 'Etc/GMT+5'),
      // Names of today, for which the runtime has older ones.
      ...kept('Asia/Kolkata', 'Europe/Kyiv', 'Asia/Ho_Chi_Minh'),
      ['europe/paris', 'Europe/Paris'],
      ['AMERICA/PORT-AU-PRINCE', 'America/Port-au-Prince'],
      ['asia/kolkata', 'Asia/Kolkata'],
      ['us/eastern', 'America/New_York'],
      ['etc/utc', 'UTC'],
      ...refused(
        '',
        'Mars/Phobos',
        'Europe/Paris ',
        'Europe',
        '+01:00',
        '-05',
        'Europe/Paris\0',
        'x'.repeat(65),
        1,
        null,
      ),
    ],
  ],
  [
    'a locale',
    locale,
    [
      ...kept('en', 'fr-MA', 'ar-MA', 'zh-Hant-TW', 'en-u-ca-buddhist'),
      ...refused('', 'x', 'en_US', 'french!', 'fr-', 'en\0', '-'.repeat(36), 1, null),
    ],
  ],
  [
    'a time of an answer',
    time,
    [
      [new Date('2026-01-01T01:00:00+01:00'), '2026-01-01T00:00:00.000Z'],
      ...refused(new Date(Number.NaN), '2026-01-01T00:00:00Z', 0, null),
    ],
  ],
  ['a limit', pageInput.limit, [...kept(1, 200), [undefined, 50], ...refused(0, -1, 201, 1.5, '1', Number.NaN, null)]],
  [
    'a cursor as it arrives',
    pageInput.cursor,
    [...kept('x', 'x'.repeat(1_000), undefined), ...refused('', 'x'.repeat(1_001), 1, null)],
  ],
]

describe.each(tables)('%s', (_, schema, rows) => {
  test.each(rows)('%j', (given, made) => {
    const { success, data } = schema.safeParse(given)
    expect(success ? data : nothing).toEqual(made)
  })
})

test('text is documented with the length it really has', () => {
  const text = z.object({ name: line(100).meta({ personal: true }), note: paragraph(500).nullable().optional() })
  expect(z.toJSONSchema(text, { io: 'input' }).properties).toEqual({
    name: { type: 'string', minLength: 1, maxLength: 100, personal: true },
    note: { anyOf: [{ type: 'string', minLength: 1, maxLength: 500 }, { type: 'null' }] },
  })
})

describe('a cursor', () => {
  const key = z.tuple([z.string(), z.uuid()])
  const rows = [1, 2, 3, 4].map((number) => ({ name: `n${number}`, id: one.replace(/.$/, String(number)) }))
  const keyOf = (row: { name: string; id: string }) => [row.name, row.id]
  const base64 = (text: string) => Buffer.from(text).toString('base64url')

  test('carries the sort values of the last row of a page to the next one', () => {
    const { items, next_cursor: next } = toPage(rows.slice(0, 3), 2, keyOf)
    expect(items).toEqual(rows.slice(0, 2))
    expect(readCursor(next ?? undefined, key)).toEqual(['n2', rows[1]?.id])
    expect(page(z.object({ name: z.string() })).parse({ items, next_cursor: next }).items).toEqual([
      { name: 'n1' },
      { name: 'n2' },
    ])
  })

  test('is null on the last page, full or not, and on an empty one', () => {
    for (const count of [0, 1, 2])
      expect(toPage(rows.slice(0, count), 2, keyOf)).toEqual({ items: rows.slice(0, count), next_cursor: null })
  })

  test('is not needed for the first page', () => {
    expect(readCursor(undefined, key)).toBeUndefined()
  })

  test.each([
    'garbage',
    '%%%',
    '',
    base64(''),
    base64('no json'),
    base64('null'),
    base64('[]'),
    base64('{}'),
    base64('["n1"]'),
    base64('["n1","x"]'),
    base64(`[1,"${one}"]`),
    base64(`["n1","${one}","more"]`),
    base64(`{"0":"n1","1":"${one}","length":2}`),
    base64('['.repeat(700)),
    base64(JSON.stringify(['n\0', one])),
    base64(JSON.stringify(['n\ud800', one])),
  ])('that no list gave out is refused: %s', (cursor) => {
    expect(() => readCursor(cursor, key)).toThrow(
      expect.objectContaining({ kind: expect.objectContaining({ code: 'invalid_cursor' }) }),
    )
  })
})
