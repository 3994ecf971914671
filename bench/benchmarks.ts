import type { Benchmark } from './stage.ts'

/** A benchmark by its name. What it takes is loaded when it is opened: whoever mistyped it shall not wait for all of them. */
export interface Listed {
  readonly name: string
  readonly summary: string
  /** How long each row is measured unless told; 10 seconds where it does not say. */
  readonly seconds?: number
  /** How many sales it fills a shop with at most unless told; it cannot be told where it does not say. */
  readonly sales?: number
  /** Whether it takes a file of its user, and takes back what came of it. */
  readonly readsFile?: true
  open(): Promise<Benchmark>
}

export const benchmarks: readonly Listed[] = [
  {
    name: 'request',
    summary: 'an authenticated one-row query and a one-row command over HTTP',
    open: async () => (await import('./request.ts')).requestBenchmark,
  },
  {
    name: 'ledger',
    summary: 'journals of two entries through ledger.record, in batches of 1, 10 and 100',
    open: async () => (await import('./ledger.ts')).ledgerBenchmark,
  },
  {
    name: 'audit',
    summary: 'entries through audit.record, and the verification of up to a million of them',
    open: async () => (await import('./audit.ts')).auditBenchmark,
  },
  {
    name: 'identity',
    summary: 'an authenticated read alone, and while 20 sign-ins a second run',
    open: async () => (await import('./identity.ts')).identityBenchmark,
  },
  {
    name: 'stock',
    summary: 'movements through inventory.record, search in 100,000 products, traces in a million movements, FEFO',
    open: async () => (await import('./stock.ts')).stockBenchmark,
  },
  {
    name: 'cash',
    summary: 'reports of a session of 5,000 sales, and closing it',
    open: async () => (await import('./cash.ts')).cashBenchmark,
  },
  {
    name: 'checkout',
    summary: 'sales of three lines for cash, by 1 to 256 clients, in process and over HTTP',
    open: async () => (await import('./checkout.ts')).checkoutBenchmark,
  },
  {
    name: 'growth',
    summary: 'the checkout after 10,000, 100,000 and 1,000,000 sales, and how many bytes each takes',
    sales: 1_000_000,
    open: async () => (await import('./growth.ts')).growthBenchmark,
  },
  {
    name: 'users',
    summary: '2,000 signed-in users who search, look up stock, sell and read balances, with time to think',
    seconds: 60,
    open: async () => (await import('./users.ts')).usersBenchmark,
  },
  {
    name: 'till',
    summary: 'the till in a browser: adding a line with 1,000 and with 50,000 products, its first load, its start',
    open: async () => (await import('./till.ts')).tillBenchmark,
  },
  {
    name: 'reports',
    summary: 'each report of a year of 1,000,000 sales, with those of the last minute not in the rollups yet',
    sales: 1_000_000,
    open: async () => (await import('./reports.ts')).reportsBenchmark,
  },
  {
    name: 'import',
    summary: 'lines of 16,000 invoices through validation, dry run and commit, and the memory they take',
    sales: 16_000,
    readsFile: true,
    open: async () => (await import('./import.ts')).importBenchmark,
  },
]
