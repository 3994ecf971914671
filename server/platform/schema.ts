import { z } from 'zod'
import { platformRefusals, Refusal } from './refusal.ts'

/** A line of text: trimmed, NFC, 1 to `max` characters, no control characters and nothing PostgreSQL cannot keep. */
export function line(max: number) {
  return z
    .string()
    .max(max * 4)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: 'must not contain control characters' })
    .transform((text) => text.normalize('NFC').trim())
    .pipe(z.string().min(1).max(max))
    .meta({ minLength: 1, maxLength: max })
}

/**
 * What people, places and things are called: as `line`, with every run of blanks made one space, and letters that are
 * those of others in another width, style or ligature made those (RFC 8264, 5.2.1, width mapping, as RFC 8265 and 8266 ask;
 * Unicode Standard Annex #15, NFKC, of these only: of ² ½ № and ™ people mean what they see). Refuses what makes two
 * names look alike that are not: invisible and bidirectional control characters, piles of accents (Unicode Technical
 * Standard #39, 5.4: at most 4), and a word that mixes two of the scripts whose letters pass for one another: Latin,
 * Greek, Cyrillic and Armenian (5.1, mixed-script detection; 5.2 lets Latin stand with the other scripts).
 */
export function name(max: number) {
  return z
    .string()
    .max(max * 4)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: 'must not contain control characters' })
    .refine((text) => !invisible.test(text), { error: 'must not contain invisible characters' })
    .transform((text) =>
      text
        .replaceAll(styled, (letters) => letters.normalize('NFKC'))
        .normalize('NFC')
        .replaceAll(/\p{Zs}+/gu, ' ')
        .trim(),
    )
    .refine((text) => !/\p{Mn}{5}/u.test(text), { error: 'must not pile up accents' })
    .refine((text) => !(text.match(word) ?? []).some(isMixed), { error: 'must not mix alphabets within a word' })
    .pipe(z.string().min(1).max(max))
    .meta({ minLength: 1, maxLength: max })
}

/**
 * A text in which no mail program finds an address to make a link of: somebody else chose it, and the letter is ours. A
 * space follows what joins the parts of one; the full stops are those that browsers take for one (UTS #46, 4.5).
 */
export function withoutLinks(text: string): string {
  return text.replaceAll(/[.\u3002\uff0e\uff61](?=[\p{L}\p{N}]{2})|:(?=\S)/gu, '$& ')
}

/** Several lines of text: as `line`, with line feeds and tabs allowed. */
export function paragraph(max: number) {
  return z
    .string()
    .max(max * 4)
    .refine((text) => text.isWellFormed() && !/[^\P{Cc}\n\r\t]/u.test(text), {
      error: 'must not contain control characters',
    })
    .transform((text) => text.normalize('NFC').trim())
    .pipe(z.string().min(1).max(max))
    .meta({ minLength: 1, maxLength: max })
}

/** An identifier: any RFC 9562 UUID, in lower case, but the nil one, which is the platform's own, and the max one. */
export const id = z
  .uuid()
  .toLowerCase()
  .refine((text) => !/^([0f])\1{7}(-\1{4}){3}-\1{12}$/.test(text), { error: 'must be the id of something' })

/** The version of a mutable resource, from 1. Commands take the one that was read; see `versionConflict`. */
export const version = z.int().min(1).max(2_147_483_647)

/** An amount of money: a decimal string with at most 15 digits before the point and 4 after it, as numeric(19,4). */
export const amount = z.string().regex(/^-?(0|[1-9]\d{0,14})(\.\d{1,4})?$/, {
  error: 'must be a decimal string with at most 15 digits and 4 decimals',
})

/** A quantity, a measure or a unit price, not below zero: a decimal string as numeric(19,6). */
export const exact = z.string().regex(/^(0|[1-9]\d{0,12})(\.\d{1,6})?$/, {
  error: 'must be a decimal string, not negative, with at most 13 digits and 6 decimals',
})

/** The code of a currency, ISO 4217, whether or not there is such a one. */
export const currencyCode = z.string().regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code such as MAD' })

/** A time with zone, ISO 8601; years 1900 to 2200. */
export const instant = z.iso
  .datetime({ offset: true })
  .refine((text) => isInstant(text), { error: 'must be a real time between the years 1900 and 2200' })

/** A day of the calendar, without a time zone: YYYY-MM-DD; years 1900 to 2200. */
export const day = z.iso
  .date()
  .refine((text) => text >= '1900' && text < '2201', { error: 'must be a day between the years 1900 and 2200' })

/** A time in an output: a `Date` from the database, ISO 8601 in UTC for the client. */
export const time = z
  .date()
  .transform((date) => date.toISOString())
  .pipe(z.iso.datetime())

/** An IANA time zone the runtime knows, in capitals and small letters as it is written there. */
export const timeZone = z
  .string()
  .max(64)
  .refine((text) => spellingOf(text) !== undefined, { error: 'must be an IANA time zone such as Africa/Casablanca' })
  .transform((text) => spellingOf(text) ?? text)

/** A BCP 47 locale the runtime understands, as it is written there: fr-MA for fr-ma. */
export const locale = z
  .string()
  .max(35)
  .refine((tag) => canonicalOf(tag) !== undefined, { error: 'must be a locale such as fr-MA' })
  .transform((tag) => canonicalOf(tag) ?? tag)

const mostLookedUp = 200

/** What look-ups take: at most 200 ids with commas between them, which become those ids, each once. */
export const lookUpInput = z.strictObject({
  ids: z
    .string()
    .max(mostLookedUp * 37)
    .transform((text) => text.split(','))
    .pipe(z.array(id).max(mostLookedUp))
    .transform((ids) => [...new Set(ids)])
    .meta({ description: `At most ${mostLookedUp} ids, with commas between them. What is unknown is left out.` }),
})

/** What look-ups answer with: those that were found, by id. */
export function found<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item) })
}

/** Fields every list takes. */
export const pageInput = {
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(1_000).optional(),
}

/** A page: items in a stable order and the cursor of the next page, null on the last. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() })
}

/** Turns `limit + 1` rows into a page; `key` gives the sort values of a row, which the cursor carries. */
export function toPage<Row>(rows: Row[], limit: number, key: (row: Row) => unknown[]) {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next_cursor: rows.length > limit && last ? cursorOf(key(last)) : null }
}

/**
 * A page of those rows of a list that a rule keeps which no index knows. Reads `atOnce` rows again and again until the page is
 * full or `mostRead` are read, so that what little is kept of a big list costs no more than that: the page then holds fewer
 * than asked for, even none, and there is a next one all the same.
 */
export async function sparsePage<Row>(
  { limit, atOnce, mostRead }: { limit: number; atOnce: number; mostRead: number },
  from: readonly unknown[] | undefined,
  list: {
    read: (limit: number, after: readonly unknown[] | undefined) => Promise<readonly Row[]>
    keep: (row: Row) => boolean
    key: (row: Row) => unknown[]
  },
) {
  const items: Row[] = []
  let after = from
  for (let read = 0; read < mostRead; read += atOnce) {
    const rows = await list.read(atOnce, after)
    for (const [at, row] of rows.entries()) {
      after = list.key(row)
      if (list.keep(row)) items.push(row)
      const isLast = at === rows.length - 1 && rows.length < atOnce
      if (items.length === limit && !isLast) return { items, next_cursor: cursorOf(after) }
    }
    if (rows.length < atOnce) return { items, next_cursor: null }
  }
  return { items, next_cursor: after ? cursorOf(after) : null }
}

function cursorOf(key: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** Reads the sort values out of a cursor. Refuses with `invalid_cursor` what does not fit `key` or no column can hold. */
export function readCursor<T extends z.ZodType>(cursor: string | undefined, key: T): z.output<T> | undefined {
  if (cursor === undefined) return undefined
  try {
    return key.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'), keepable))
  } catch {
    throw new Refusal(platformRefusals.invalidCursor)
  }
}

function keepable(_: string, value: unknown): unknown {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
    throw new Error('PostgreSQL keeps no such text')
  return value
}

// Formats, bidirectional controls among them, and all that is drawn as nothing; the blank of Braille is no ignorable one.
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u2800]/u
// Latin and Arabic letters in ligatures and positions, half and full widths, and the alphabets of mathematics.
const styled = /[\ufb00-\ufb06\ufe70-\ufefc\uff01-\uffee\u{1d400}-\u{1d7ff}]+/gu
const word = /[\p{L}\p{M}\p{N}'\u2018\u2019\u02bc]+/gu
const lookalikes = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u, /\p{Script=Armenian}/u]

function isMixed(text: string): boolean {
  return lookalikes.filter((script) => script.test(text)).length > 1
}

function isInstant(text: string): boolean {
  const year = new Date(text).getUTCFullYear()
  return year >= 1900 && year <= 2200
}

// Asking Intl takes 70 µs, a fifth of a command that names a time zone. There are some hundred names; upper and lower
// case make more of them, so those beyond the first thousand are asked for again.
const timeZones = new Map<string, string>()

/** How a time zone is written that the runtime knows. Names of today that it has older ones for, as Asia/Kolkata, stay. */
function spellingOf(text: string): string | undefined {
  const known = timeZones.get(text)
  if (known !== undefined || !/^[A-Za-z]/.test(text)) return known
  const own = ownNameOf(text)
  if (own === undefined) return undefined
  const isOfCity = /^[a-z]+\/[a-z_/-]{4,}$/i.test(text) && !/^(etc|us)\//i.test(text)
  const spelling =
    own.toLowerCase() === text.toLowerCase() || !isOfCity
      ? own
      : text.toLowerCase().replaceAll(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase())
  if (timeZones.size < 1_000) timeZones.set(text, spelling)
  return spelling
}

function ownNameOf(timeZone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

function canonicalOf(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

const jsonSchemas = { input: new WeakMap<z.ZodType, JsonSchema>(), output: new WeakMap<z.ZodType, JsonSchema>() }

/** A schema as JSON Schema: of what is sent (`input`), or of what it becomes (`output`). Made once, and not to be changed. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const known = jsonSchemas[io].get(schema)
  if (known) return known
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
  jsonSchemas[io].set(schema, made)
  return made
}

type JsonSchema = Readonly<Record<string, unknown>>
