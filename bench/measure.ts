import type { Result } from './report.ts'

/** What one round of one subject gave: how many a second and, of single ones, milliseconds. */
export interface Sample {
  readonly perSecond: number
  readonly p50?: number
  readonly p95?: number
  readonly p99?: number
}

export interface Subject {
  readonly name: string
  readonly unit: string
  run(seconds: number): Promise<Sample>
  /** What it is compared with: the word after "vs" → the name of that subject. One that is absent is left out. */
  readonly against?: Readonly<Record<string, string>>
}

/** A run that is shorter, in seconds, has no figures to speak of: one round with a few of everything, to see its rows. */
const shortest = 0.2
const few = 3

/** How many of something are made for a run: all of them, or a few when it is too short for figures. */
export function wantedOf(all: number, { seconds }: { seconds: number }): number {
  return seconds < shortest ? Math.min(few, all) : all
}

/**
 * Measures the subjects in turn, three rounds of them after one that only warms up, so that a busy minute of the
 * machine falls on all alike; `seconds` is for all rounds of one subject together. The value of a subject is the
 * median of its rounds.
 */
export async function measure(
  subjects: readonly Subject[],
  { seconds, note }: { seconds: number; note: (line: string) => void },
): Promise<Result[]> {
  const samples = new Map(subjects.map(({ name }): [string, Sample[]] => [name, []]))
  const [first, last] = seconds < shortest ? [1, 1] : [0, 3]
  for (let round = first; round <= last; round++) {
    note(round === 0 ? `Warming up ${subjects.length} rows …` : `Round ${round} of ${last} …`)
    for (const { name, run } of subjects) {
      const sample = await run(seconds / (last - first + 1))
      if (round > 0) samples.get(name)!.push(sample)
    }
  }
  const medians = new Map([...samples].map(([name, taken]) => [name, medianOf(taken)]))
  return subjects.flatMap((subject) => resultsOf(subject, medians))
}

function resultsOf({ name, unit, against = {} }: Subject, medians: ReadonlyMap<string, Sample>): Result[] {
  const { perSecond, ...quantiles } = medians.get(name)!
  const plain = { reference: null, ratio: null }
  const compared = Object.entries(against).flatMap(([word, reference]) => {
    const other = medians.get(reference)
    return other
      ? [{ name: `${name} vs ${word}`, value: perSecond, unit, reference, ratio: perSecond / other.perSecond }]
      : []
  })
  return [
    ...(compared.length > 0 ? compared : [{ name, value: perSecond, unit, ...plain }]),
    ...Object.entries(quantiles).map(([word, value]) => ({ name: `${name} ${word}`, value, unit: 'ms', ...plain })),
  ]
}

function medianOf(samples: readonly Sample[]): Sample {
  const of = (field: keyof Sample) => {
    const values = samples.flatMap((sample) => sample[field] ?? [])
    return values.length === 0 ? undefined : quantileOf(Float64Array.from(values).sort(), 0.5)
  }
  const quantiles = (['p50', 'p95', 'p99'] as const).flatMap((word) => {
    const value = of(word)
    return value === undefined ? [] : [[word, value]]
  })
  return { perSecond: of('perSecond') ?? Number.NaN, ...Object.fromEntries(quantiles) }
}

/** The value below which the given part (0 to 1) of a sorted, not empty list lies. */
export function quantileOf(sorted: Float64Array, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!
}
