import { Kysely, PostgresDialect as KyselyPostgres } from 'kysely'
import { generate, IdentifierNode, PostgresDialect } from 'kysely-codegen'
import pg from 'pg'

/**
 * Writes the TypeScript types of a database's tables and views for Kysely, keyed `schema.table`, names as they are.
 * `numeric` and `bigint` are strings and `date` is a string, as the driver gives them and no float can spoil;
 * `timestamptz` is a Date.
 */
export async function databaseTypes(connectionString: string): Promise<string> {
  const dialect = new PostgresDialect({ dateParser: 'string', defaultSchemas: ['public'] })
  // Not `typeMapping`: it needs the compiler API that TypeScript 7 does not have.
  const { scalars } = dialect.adapter
  for (const name of ['numeric', 'int8'] as const) scalars[name] = new IdentifierNode('string')
  scalars.timestamptz = new IdentifierNode('Date')
  const pool = new pg.Pool({ connectionString })
  // The end of a pool does not wait for its connections: a server stopped right after would still be heard to close them.
  pool.on('error', () => {})
  const db = new Kysely<unknown>({ dialect: new KyselyPostgres({ pool }) })
  try {
    return await generate({ db, dialect, excludePattern: 'graphile_worker.*', outFile: null })
  } finally {
    await db.destroy()
  }
}
