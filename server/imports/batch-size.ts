/** How many rows go into a batch, so that it holds its locks about as long as it may. */
export interface BatchSize {
  readonly rows: number
  /** Notes how long a batch of so many rows took. */
  note(rows: number, ms: number): void
}

const fewest = 1
const most = 2_000
const atFirst = 10

/** Begins small and grows at most by half from batch to batch; one that took too long is followed by a smaller one at once. */
export function batchSize(aimMs: number): BatchSize {
  let rows = atFirst
  return {
    get rows() {
      return rows
    },
    note(done, ms) {
      const fitting = Math.floor((done * aimMs) / Math.max(ms, 1))
      rows = Math.min(most, Math.max(fewest, Math.min(fitting, Math.ceil(rows * 1.5))))
    },
  }
}
