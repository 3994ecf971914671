import type { Sample, Subject } from './measure.ts'
import type { Stage } from './stage.ts'
import type { TpcbLoop } from './tpcb-loop.ts'

const database = 'tpcb'
const fullScale = 20
const clients = 32
/** What takes pgbench longer than this is not a busy machine. */
const mostSeconds = 60

/** Names of the reference rows. */
export const tpcb = {
  pgbench: `TPC-B by pgbench, ${clients} clients`,
  driver: `TPC-B by our driver, ${clients} clients`,
} as const

/**
 * The yardsticks of every benchmark, on the same server: the TPC-B transaction of pgbench through our own driver and,
 * where pgbench is on the PATH, by pgbench itself. Scale 20 when a row is measured for a second or longer, prepared, 32
 * clients.
 */
export async function openTpcb(stage: Stage, { seconds }: { seconds: number }): Promise<Subject[]> {
  // A short run fills less.
  const scale = Math.ceil(fullScale * Math.min(1, seconds))
  await fill(stage, scale)
  const ask = stage.start<TpcbLoop, Sample>('tpcb-loop.ts')
  const url = stage.superuserUrl(database)
  const driver: Subject = {
    name: tpcb.driver,
    unit: 'transactions/s',
    run: (forSeconds) => ask({ url, clients, scale, seconds: forSeconds }),
  }
  if ((await stage.runProgram('pgbench', ['--version'])) === undefined) return [driver]
  return [{ name: tpcb.pgbench, unit: 'transactions/s', run: (forSeconds) => runPgbench(stage, forSeconds) }, driver]
}

/** Makes what `pgbench --initialize` makes. */
async function fill(stage: Stage, scale: number): Promise<void> {
  await stage.query('postgres', `CREATE DATABASE ${database}`)
  await stage.query(
    database,
    `CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
     CREATE TABLE pgbench_tellers (tid int NOT NULL, bid int, tbalance int, filler char(84)) WITH (fillfactor = 100);
     CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84)) WITH (fillfactor = 100);
     CREATE TABLE pgbench_branches (bid int NOT NULL, bbalance int, filler char(88)) WITH (fillfactor = 100);
     INSERT INTO pgbench_branches (bid, bbalance) SELECT bid, 0 FROM generate_series(1, ${scale}) bid;
     INSERT INTO pgbench_tellers (tid, bid, tbalance) SELECT tid, (tid - 1) / 10 + 1, 0 FROM generate_series(1, ${scale * 10}) tid;
     INSERT INTO pgbench_accounts (aid, bid, abalance, filler)
       SELECT aid, (aid - 1) / 100000 + 1, 0, '' FROM generate_series(1, ${scale * 100_000}) aid;
     ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid);
     ALTER TABLE pgbench_tellers ADD PRIMARY KEY (tid);
     ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid)`,
  )
  await stage.query(database, 'VACUUM ANALYZE')
  await stage.query(database, 'CHECKPOINT')
}

/**
 * pgbench counts in whole seconds, so a round of it lasts one at least. On a machine too busy for any transaction in that time it gives
 * no figure, and gets more.
 */
async function runPgbench(stage: Stage, seconds: number): Promise<Sample> {
  const { hostname, port, username, password } = new URL(stage.superuserUrl(database))
  const environment = {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGSSLMODE: 'disable',
  }
  for (let time = Math.max(1, Math.round(seconds)); ; time *= 2) {
    const load = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(time), database]
    const printed = await stage.runProgram('pgbench', load, environment)
    const perSecond = Number(/tps = ([\d.]+)/.exec(printed ?? '')?.[1])
    if (perSecond > 0) return { perSecond }
    if (time >= mostSeconds) throw new Error(`pgbench gave no figure:\n${printed}`)
  }
}
