import type pg from 'pg'

export interface JurisdictionRow {
  readonly code: string
  readonly name: string
  readonly kind: string
  readonly parent_code: string | null
  readonly adds_to_parent: boolean
  readonly needs_inner_place: boolean
  readonly rounding: string
  readonly rounding_mode: string
  readonly rounding_of: string
  readonly prices_include_tax: boolean
  readonly rule_source: string
}

/** Adds and changes jurisdictions; a place stands behind the one it lies in. Answers how many. */
export async function upsertJurisdictions(client: pg.ClientBase, rows: readonly JurisdictionRow[]): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO tax.jurisdiction AS j (code, name, kind, parent_code, adds_to_parent, needs_inner_place, rounding,
                                        rounding_mode, rounding_of, prices_include_tax, rule_source)
     SELECT r.* FROM jsonb_to_recordset($1) AS r (code text, name text, kind text, parent_code text, adds_to_parent boolean,
                                                  needs_inner_place boolean, rounding text, rounding_mode text, rounding_of text,
                                                  prices_include_tax boolean, rule_source text)
     ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, parent_code = excluded.parent_code,
       adds_to_parent = excluded.adds_to_parent, needs_inner_place = excluded.needs_inner_place, rounding = excluded.rounding, rounding_mode = excluded.rounding_mode,
       rounding_of = excluded.rounding_of, prices_include_tax = excluded.prices_include_tax,
       rule_source = excluded.rule_source, updated_at = excluded.updated_at
     WHERE (j.name, j.kind, j.parent_code, j.adds_to_parent, j.needs_inner_place, j.rounding, j.rounding_mode, j.rounding_of,
            j.prices_include_tax, j.rule_source)
       IS DISTINCT FROM (excluded.name, excluded.kind, excluded.parent_code, excluded.adds_to_parent, excluded.needs_inner_place, excluded.rounding,
                         excluded.rounding_mode, excluded.rounding_of, excluded.prices_include_tax, excluded.rule_source)`,
    [JSON.stringify(rows)],
  )
  return rowCount ?? 0
}

export interface ReferenceRateRow {
  readonly jurisdiction_code: string
  readonly name: string
  readonly tax: string
  readonly rate: string
  readonly valid_from: string
  /** The first day on which it is no longer in force. */
  readonly valid_until: string | null
  readonly source: string
  readonly note: string
}

/**
 * Makes the reference rates those of the file: takes away what it does not say, adds what is missing. Nothing names a
 * reference rate: classes and documents keep values of their own. Answers how many were taken away and added; a
 * corrected rate is both.
 */
export async function replaceReferenceRates(client: pg.ClientBase, rows: readonly ReferenceRateRow[]): Promise<number> {
  const given = `
    SELECT r.jurisdiction_code, r.name, daterange(r.valid_from, r.valid_until) AS valid, r.tax, r.rate, r.source, r.note
    FROM jsonb_to_recordset($1) AS r (jurisdiction_code text, name text, tax text, rate numeric(19, 6), valid_from date,
                                      valid_until date, source text, note text)`
  const values = [JSON.stringify(rows)]
  const gone = await client.query(
    `WITH given AS (${given})
     DELETE FROM tax.reference_rate r WHERE NOT EXISTS (
       SELECT FROM given g
       WHERE (g.jurisdiction_code, g.name, g.valid, g.tax, g.rate, g.source, g.note)
           = (r.jurisdiction_code, r.name, r.valid, r.tax, r.rate, r.source, r.note))`,
    values,
  )
  const added = await client.query(
    `WITH given AS (${given})
     INSERT INTO tax.reference_rate (jurisdiction_code, name, valid, tax, rate, source, note)
     SELECT g.* FROM given g
     WHERE NOT EXISTS (SELECT FROM tax.reference_rate r
                       WHERE (r.jurisdiction_code, r.name, r.valid) = (g.jurisdiction_code, g.name, g.valid))`,
    values,
  )
  return (gone.rowCount ?? 0) + (added.rowCount ?? 0)
}
