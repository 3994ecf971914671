/** One line of a benchmark's table. A ratio is this value divided by that of the row named as its reference. */
export interface Result {
  readonly name: string
  readonly value: number
  /** A figure that is not measured but counted, to the last digit. */
  readonly exact?: string
  readonly unit: string
  readonly reference: string | null
  readonly ratio: number | null
}

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** Prints the results as a table on standard output. */
export function printTable(results: readonly Result[]): void {
  const rows = [
    ['name', 'value', 'unit', 'ratio', 'reference'],
    ...results.map(({ name, value, exact, unit, ratio, reference }) => [
      name,
      exact ?? number.format(value),
      unit,
      ratio === null ? '' : `${ratio.toFixed(3)}×`,
      reference ?? '',
    ]),
  ]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 1 || column === 3 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    )
    console.log(cells.join('  ').trimEnd())
  }
}

/** Prints the results as one object on one line. */
export function printJson(benchmark: string, results: readonly Result[]): void {
  console.log(JSON.stringify({ benchmark, results }))
}
