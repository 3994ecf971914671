import type { z } from 'zod'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import type { Refusal } from '../platform/refusal.ts'
import type { ErrorKind, outcomes } from './contract.ts'

/** What the text of a cell is read as. A list holds codes, divided by commas, semicolons, bars or blanks. */
export type FieldKind =
  | 'text'
  | 'code'
  | 'amount'
  | 'quantity'
  | 'percentage'
  | 'integer'
  | 'date'
  | 'moment'
  | 'boolean'
  | 'list'

/** A field of a target, and what columns that hold it are called. */
export interface Field {
  readonly name: string
  readonly kind: FieldKind
  readonly is_required?: boolean
  readonly description: string
  readonly synonyms: { readonly en: readonly string[]; readonly fr: readonly string[]; readonly ar: readonly string[] }
}

/** What is asked beside the columns. */
export interface Option {
  readonly name: string
  readonly kind: 'id' | 'day' | 'text' | 'boolean' | 'choice'
  readonly choices?: readonly string[]
  readonly description: string
  /** When it has to be said: always, or while the one field has a column, or the other has none. */
  readonly needed?: { readonly with?: string; readonly without?: string }
}

/** The values of a row by field, as the schema of the target leaves them. */
export type Values = Readonly<Record<string, unknown>>

export interface TargetRow<Row = Values> {
  readonly number: number
  readonly values: Row
}

/** Something wrong with a row; the field says in which column. */
export interface Fault {
  readonly field: string | null
  readonly kind: ErrorKind
  readonly code: string
  readonly message: string
  readonly suggestion?: string | undefined
}

/** A thing that a row made, changed or found as it is. `old` is what an undo puts back. */
export interface Made {
  readonly resource: string
  readonly id: string
  readonly what: (typeof outcomes)[number]
  /** What it counts after the import; an undo finds by it whether somebody changed the thing since. */
  readonly version_after?: number | undefined
  readonly old?: Values | undefined
  /** Tells it from others, as people would; a dry run counts what it makes in several batches once. */
  readonly name: string
}

/** What became of a row; a refusal leaves nothing of it. */
export type RowOutcome = Refusal | { readonly what: (typeof outcomes)[number]; readonly made: readonly Made[] }

/** What an undo finds of a row. */
export interface ImportedThing {
  readonly row_number: number
  readonly resource: string
  readonly resource_id: string
  readonly what: (typeof outcomes)[number]
  readonly version_after: number | null
  readonly old: Values | null
}

/** Something that depends on what an import brought, by its name. */
export interface Dependent {
  readonly name: string
  readonly reason: 'stock_moved' | 'reserved' | 'sold' | 'changed' | 'in_use' | 'refunded' | 'period_closed'
}

/** The import that a world is opened for. */
export interface Imported {
  readonly id: string
  readonly fields: ReadonlySet<string>
  /**
   * Of a dry run only: names of what its earlier batches took, which were rolled back, for later rows that name it. A target keeps there
   * what cannot be made again from the rows at hand.
   */
  readonly carried?: Set<string> | undefined
}

/** What somebody is about to do with an import, by the fields that are mapped and the options. A dry run is a commit. */
export interface Planned {
  readonly act: 'commit' | 'undo'
  readonly fields: ReadonlySet<string>
  readonly options: Values
}

/**
 * What rows of files can become: one object, all that the rest of this module knows of it. `World` is what judging and
 * committing rows needs to know of the tenant; it is opened for each batch, in its transaction.
 */
// biome-ignore lint/suspicious/noExplicitAny: rows and worlds of any target; each is checked where it is declared
export interface Target<Row = any, World = any> {
  readonly name: string
  readonly title: string
  readonly fields: readonly Field[]
  readonly options: readonly Option[]
  readonly optionValues: z.ZodType
  /** The schemas of the API for the same fields. */
  readonly row: z.ZodType<Row>
  /** What the caller must hold for what is to be done. */
  permissions(planned: Planned): readonly string[]
  /** The field that says of which document a row is: its rows are taken or refused together. */
  readonly documentField?: string
  /** The datasets of quality that rows of it are in; their rules are judged when an import was committed or undone. */
  readonly datasets: readonly string[]
  /** Names what a row is of; a second one of the same name in a file is a duplicate. */
  keyOf(row: Row): string | undefined
  /** Reads what rows are judged by. Throws the refusal of an option that does not fit. */
  open(context: QueryContext, options: Values, imported: Imported): Promise<World>
  /** Adds to the world what these rows name, before they are judged. */
  readonly lookUp?: (context: QueryContext, world: World, rows: readonly TargetRow<Row>[]) => Promise<void>
  /** False where a world has nothing to be looked up: rows are then judged without a word to the database. */
  readonly isLookedUp?: (world: World) => boolean
  /** What is wrong with a row, by the world alone. */
  judge(world: World, row: Row): readonly Fault[]
  /**
   * Makes and changes what the rows say, through the doors of other modules; one outcome a row, in order. What is thrown as
   * a refusal concerns some of the rows: they are then committed in smaller batches.
   */
  commit(context: CommandContext, world: World, rows: readonly TargetRow<Row>[]): Promise<readonly RowOutcome[]>
  /** What stands in the way of an undo, at most so many names. Without it, what was imported stays. */
  readonly dependents?: (context: QueryContext, importId: string, most: number) => Promise<readonly Dependent[]>
  /** Takes back what rows made, the last first. */
  readonly undo?: (context: CommandContext, things: readonly ImportedThing[]) => Promise<void>
  /** What rows made may have come into force at once, and stays then: all or nothing is not for it. */
  readonly mayStay?: true
}
