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
  /** How often what came of which operation in which kind of step. */
  readonly outcomes: Map<string, number>
  /** How often what crashed. */
  readonly crashes: Record<Crash, number>
  jumps: number
  /** Makes keys of commands its own. */
  readonly id: string
  sent: number
  /** How often a crash left open what became of a command. */
  unknown: number
  /** How many shops have not taken all their steps yet. */
  working: number
  /** Something crashes now, or did before the steps that are taken now are over; answers may be lost. */
  crash: { readonly isOver: Promise<void>; overAt: number | undefined } | undefined
}

/** Either a server is killed and started again, or all its connections to the database are cut. */
export type Crash = 'server' | 'connections'

/** What went otherwise than the model says. */
export class Failure extends Error {
  readonly at: number
  readonly shop: number
  /** It was when many wanted the same at once, after all steps. */
  readonly isOfBurst: boolean

  constructor(message: string, { at, shop, isOfBurst = false }: { at: number; shop: number; isOfBurst?: boolean }) {
    super(message)
    this.at = at
    this.shop = shop
    this.isOfBurst = isOfBurst
  }
}
