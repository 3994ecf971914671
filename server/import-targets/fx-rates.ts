import { z } from 'zod'
import { enterRates, recordRatesInput } from '../fx/index.ts'
import type { Field, RowOutcome, Target } from '../imports/index.ts'
import { findOwnRates, type PairDay } from './rate-queries.ts'

const { rates, source } = recordRatesInput.shape
const rateRow = rates.element
type RateRow = z.output<typeof rateRow>
const optionValues = z.strictObject({ source: source.unwrap().optional() })
type RateOptions = z.output<typeof optionValues>

const required = { is_required: true } as const
const fields: readonly Field[] = [
  {
    ...required,
    name: 'base',
    kind: 'code',
    description: 'The currency of which one is quoted, such as EUR.',
    synonyms: {
      en: ['base', 'from', 'base currency'],
      fr: ['base', 'de', 'devise de base'],
      ar: ['العملة الأساسية', 'من'],
    },
  },
  {
    ...required,
    name: 'quote',
    kind: 'code',
    description: 'The currency it is quoted in, such as MAD.',
    synonyms: {
      en: ['quote', 'to', 'currency', 'quote currency'],
      fr: ['vers', 'devise', 'cotation'],
      ar: ['العملة', 'إلى'],
    },
  },
  {
    ...required,
    name: 'quoted_on',
    kind: 'date',
    description: 'The day of the quote.',
    synonyms: { en: ['date', 'day', 'quoted on'], fr: ['date', 'jour'], ar: ['التاريخ', 'اليوم'] },
  },
  {
    ...required,
    name: 'rate',
    kind: 'amount',
    description: 'What one of the base is worth.',
    synonyms: {
      en: ['rate', 'exchange rate', 'fx rate'],
      fr: ['taux', 'cours', 'taux de change'],
      ar: ['السعر', 'سعر الصرف'],
    },
  },
]

/**
 * Exchange rates of the tenant's own. One that is recorded already is skipped; another one for its pair and day supersedes it.
 * What was recorded stays, so there is no undo.
 */
export const fxRateTarget: Target<RateRow, RateOptions> = {
  name: 'fx-rates',
  title: 'Exchange rates',
  datasets: [],
  fields,
  options: [{ name: 'source', kind: 'text', description: 'Where the rates are from, such as Bank Al-Maghrib.' }],
  optionValues,
  row: rateRow,
  permissions: () => ['fx.record-rates'],
  keyOf: ({ base, quote, quoted_on }) => [...[base, quote].toSorted(), quoted_on].join(' '),
  open: async (_, options) => options as RateOptions,
  judge: (_, { base, quote }) =>
    base === quote
      ? [{ field: 'quote', kind: 'invalid', code: 'rate_of_one_currency', message: 'A rate is between two currencies' }]
      : [],
  async commit(context, options, rows) {
    const known = new Map(
      (
        await findOwnRates(
          context,
          rows.map(({ values }) => values),
        )
      ).map((one) => [keyOf(one), one]),
    )
    const fresh = rows.filter(({ values }) => known.get(keyOf(values))?.rate !== values.rate)
    const entered = fresh.map(({ values }) => values)
    const { items } =
      entered.length === 0
        ? { items: [] }
        : await enterRates(context, { source: options.source ?? 'an imported file', rates: entered })
    const made = new Map(items.map((one) => [keyOf(one), one.id]))
    return rows.map(({ values }): RowOutcome => {
      const name = `rate ${keyOf(values)}`
      const [id, old] = [made.get(keyOf(values)), known.get(keyOf(values))]
      const recorded = old ? 'updated' : 'created'
      const what = id === undefined ? 'skipped' : recorded
      return { what, made: [{ resource: 'rate', id: id ?? old?.id ?? '', what, name }] }
    })
  },
}

function keyOf({ base, quote, quoted_on }: PairDay): string {
  return `${base} ${quote} ${quoted_on}`
}
