import type pg from 'pg'
import type { TestDatabase } from '../harness/postgres.ts'
import type { Servers } from './servers.ts'
import type { Shop } from './shop.ts'

/** Everything a simulation works with. */
export interface World {
  readonly database: TestDatabase
  readonly superuser: pg.Pool
  readonly servers: Servers
  readonly shops: readonly (Shop | undefined)[]
  /** What happened, a line each. */
  readonly story: { readonly shop: number | undefined; readonly line: string }[]
  /** How often what came of which operation. */
  readonly outcomes: Map<string, number>
  /** Makes keys of commands its own. */
  readonly id: string
  sent: number
  /** How often a crash left open what became of a command. */
  unknown: number
  /** How many shops have not taken all their steps yet. */
  working: number
  /** Something crashes now; answers may be lost. */
  crash: { readonly isOver: Promise<void> } | undefined
}

/** What went otherwise than the model says. */
export class Failure extends Error {
  readonly at: number
  readonly shop: number

  constructor(message: string, { at, shop }: { at: number; shop: number }) {
    super(message)
    this.at = at
    this.shop = shop
  }
}
