import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { taxClassOf } from '../harness/catalog.ts'
import { beginImport } from '../harness/imports.ts'
import { runCli, startServerProcess } from '../harness/process.ts'
import { clientOf, signUpOwner, type TestOwner } from '../harness/server.ts'
import { until } from '../harness/until.ts'
import { judgeImport, judgeUndo } from './judge-import.ts'
import { type Random, randomOf } from './random.ts'
import { makeSheet } from './sales-sheet.ts'

/** Where servers run: their environment, and a way to look into the database. */
export interface Place {
  readonly env: Record<string, string>
  asSuperuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T>
}

interface Options {
  readonly seed: number
  readonly kills: number
  readonly place: Place
  readonly tell?: (line: string) => void
}

export interface ImportCrashReport {
  readonly seed: number
  readonly rows: number
  /** The last row that was in each time the server was killed: while it committed, and while it took back. */
  readonly committing: readonly number[]
  readonly undoing: readonly number[]
}

const rowsOfKill = 120
/** The rows that may go in until the server is dead, too. */
const rowsOfSheet = 6 * rowsOfKill
const longestDelayMs = 60

/**
 * Kills the server so many times while it commits an import of sales with their stock, journals, goods and customers, and a
 * third as often while it takes it back; each time another one is started, which goes on by itself. Throws with what is wrong
 * then, and with the seed.
 */
export async function runImportCrashes({ seed, kills, place, tell = () => {} }: Options): Promise<ImportCrashReport> {
  const random = randomOf(seed)
  const server = { now: await startServerProcess(place.env) }
  try {
    const owner = await signUpOwner(server.now)
    const { tenantId, cookie } = owner
    const sheet = makeSheet(random, (kills + 1) * rowsOfSheet)
    const id = await begin(server.now, owner, sheet.text)
    const look = () => place.asSuperuser((client) => stateOf(client, id))
    const run = async (operation: 'check' | 'commit' | 'undo') => {
      const client = clientOf(server.now, { cookie, 'comptoir-tenant': tenantId })
      const { version } = await client.call('imports.get-import', { id })
      await client.call(`imports.${operation}-import`, { id, version })
    }
    const restart = async () => {
      await server.now.end('SIGKILL')
      const state = await look()
      server.now = await startServerProcess(place.env)
      return state
    }
    const world = { look, restart, random, tell }
    await run('check')
    await untilStatus(look, 'checked')
    await run('commit')
    const committing = await killWhile(world, 'committing', kills)
    await untilStatus(look, 'committed')
    await throwFaults(place, (client) => judgeImport(client, { tenantId, id }, sheet))
    await run('undo')
    const undoing = await killWhile(world, 'undoing', Math.ceil(kills / 3))
    await untilStatus(look, 'undone')
    await throwFaults(place, (client) => judgeUndo(client, { tenantId, id }, sheet))
    const verified = await runCli(['verify'], place.env)
    if (verified.code !== 0) throw new Error(verified.output + verified.errors)
    return { seed, rows: sheet.rows, committing, undoing }
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${server.now.output()}`, { cause: error })
  } finally {
    await server.now.end('SIGTERM')
  }
}

interface State {
  readonly status: string
  readonly cursor: number
  readonly fault: string | null
}

interface World {
  readonly look: () => Promise<State>
  /** Kills the server and starts another; answers with what was in between the two. */
  readonly restart: () => Promise<State>
  readonly random: Random
  readonly tell: (line: string) => void
}

/** Kills the server wherever it is between rows, so many times; answers with the rows it had come to. */
async function killWhile({ look, restart, random, tell }: World, status: string, kills: number): Promise<number[]> {
  const cursors: number[] = []
  let { cursor: last } = await look()
  while (cursors.length < kills) {
    const rows = 1 + random.upTo(rowsOfKill)
    await until(
      `${status} goes on`,
      async () => {
        const now = await look()
        if (now.status !== status) throw new Error(`it is ${now.status} after ${cursors.length} kills: ${now.fault}`)
        return Math.abs(now.cursor - last) >= rows
      },
      60,
    )
    await pause(random.upTo(longestDelayMs))
    const { status: found, cursor } = await restart()
    tell(`${status}: killed at row ${cursor}`)
    if (found !== status) throw new Error(`it was ${found} when the server was killed: take a larger file`)
    cursors.push(cursor)
    last = cursor
  }
  return cursors
}

async function begin(server: { url: string }, owner: TestOwner, text: string): Promise<string> {
  const { id, version } = await beginImport(server, owner, { target: 'sales', text })
  await owner.client.call('imports.map-import', {
    ...{ id, version, conventions: { decimal: '.', date_order: 'ymd' } },
    options: {
      ...{ branch_id: owner.branchId, tax_class_id: await taxClassOf(owner), ledger: 'at_its_date', stock: 'move' },
      ...{ unknown_products: 'make', unknown_customers: 'make' },
    },
  })
  return id
}

async function stateOf(client: pg.Client, id: string): Promise<State> {
  const { rows } = await client.query('SELECT status, cursor_row AS cursor, fault FROM imports.import WHERE id = $1', [
    id,
  ])
  return rows[0]
}

function untilStatus(look: () => Promise<State>, status: string): Promise<unknown> {
  return until(
    `it is ${status}`,
    async () => {
      const now = await look()
      if (['failed', 'stopped'].includes(now.status)) throw new Error(`it is ${now.status}: ${now.fault}`)
      return now.status === status
    },
    120,
  )
}

async function throwFaults(place: Place, judge: (client: pg.Client) => Promise<string[]>): Promise<void> {
  const faults = await place.asSuperuser(judge)
  if (faults.length > 0) throw new Error(faults.join('\n'))
}
