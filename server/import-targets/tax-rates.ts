import { z } from 'zod'
import type { Field, RowOutcome, Target } from '../imports/index.ts'
import { createTaxRate, createTaxRateInput, withdrawTaxRate } from '../tax/index.ts'
import { findRateDependents, findTaxClasses, findTaxRates, versionOfTaxRate } from './rate-queries.ts'

const input = createTaxRateInput.shape
const rateRow = z.strictObject({
  jurisdiction: input.jurisdiction_code,
  tax_class: z.string().min(1).max(40),
  name: input.name,
  rate: input.rate,
  compound: input.compound,
  valid_from: input.valid_from,
  valid_through: input.valid_through,
})
type RateRow = z.output<typeof rateRow>
interface World {
  readonly classes: ReadonlyMap<string, string>
}

const field = (
  name: string,
  kind: Field['kind'],
  description: string,
  synonyms: Field['synonyms'],
  is_required = true,
): Field => ({ name, kind, description, synonyms, is_required })

const fields: readonly Field[] = [
  field('jurisdiction', 'code', 'Where it is raised, such as FR or US-CA.', {
    en: ['jurisdiction', 'country', 'region', 'state'],
    fr: ['juridiction', 'pays', 'région'],
    ar: ['الولاية القضائية', 'البلد'],
  }),
  field('tax_class', 'code', 'The code of the class of goods.', {
    en: ['class', 'tax class', 'category'],
    fr: ['classe', 'classe de taxe', 'catégorie'],
    ar: ['الفئة', 'فئة الضريبة'],
  }),
  field('name', 'text', 'What the tax is called.', {
    en: ['name', 'tax', 'tax name'],
    fr: ['nom', 'taxe', 'libellé'],
    ar: ['الاسم', 'الضريبة'],
  }),
  field('rate', 'amount', 'In percent.', {
    en: ['rate', 'percent', 'tax rate', 'vat rate'],
    fr: ['taux', 'pourcentage', 'taux de tva'],
    ar: ['النسبة', 'نسبة الضريبة'],
  }),
  field('valid_from', 'date', 'The first day on which it is in force.', {
    en: ['valid from', 'from', 'start', 'start date', 'effective from'],
    fr: ['du', 'début', 'date de début', 'valable du'],
    ar: ['من تاريخ', 'تاريخ البدء'],
  }),
  field(
    'valid_through',
    'date',
    'The last day on which it is in force; until further notice unless given.',
    {
      en: ['valid through', 'to', 'until', 'end', 'end date', 'effective to'],
      fr: ['au', 'fin', 'date de fin', "valable jusqu'au"],
      ar: ['إلى تاريخ', 'تاريخ الانتهاء'],
    },
    false,
  ),
  field(
    'compound',
    'boolean',
    'Whether it is raised on the taxes before it as well.',
    { en: ['compound'], fr: ['composée', 'cumulée'], ar: ['مركبة'] },
    false,
  ),
]

/**
 * Tax rates of the tenant's own. One that begins on the same day with the same rate is skipped. An undo withdraws those that
 * have not begun; with others there is none.
 */
export const taxRateTarget: Target<RateRow, World> = {
  name: 'tax-rates',
  title: 'Tax rates',
  datasets: [],
  fields,
  options: [],
  optionValues: z.strictObject({}),
  row: rateRow,
  permissions: () => ['tax.manage-rates'],
  keyOf: ({ jurisdiction, tax_class, valid_from }) => `${jurisdiction} ${tax_class} ${valid_from}`,
  open: async (context) => ({ classes: await findTaxClasses(context) }),
  judge: ({ classes }, { tax_class }) =>
    classes.has(tax_class)
      ? []
      : [{ field: 'tax_class', kind: 'reference', code: 'tax_class_unknown', message: 'There is no such tax class' }],
  async commit(context, { classes }, rows) {
    const inputs = rows.map(({ values: { jurisdiction, tax_class, ...rate } }) => ({
      ...rate,
      jurisdiction_code: jurisdiction,
      class_id: classes.get(tax_class) ?? '',
    }))
    const known = await findTaxRates(context, inputs)
    const outcomes: RowOutcome[] = []
    for (const one of inputs) {
      const name = `tax rate ${one.jurisdiction_code} ${one.class_id} ${one.valid_from}`
      const same = known.find(
        (rate) =>
          rate.jurisdiction_code === one.jurisdiction_code &&
          rate.class_id === one.class_id &&
          rate.valid_from === one.valid_from &&
          rate.rate === one.rate,
      )
      const made = same ?? (await createTaxRate(context, one))
      const what = same ? 'skipped' : 'created'
      outcomes.push({ what, made: [{ resource: 'tax_rate', id: made.id, what, version_after: made.version, name }] })
    }
    return outcomes
  },
  dependents: findRateDependents,
  mayStay: true,
  async undo(context, things) {
    for (const { resource_id: id, what } of things) {
      const version = what === 'created' ? await versionOfTaxRate(context, id) : undefined
      if (version !== undefined) await withdrawTaxRate(context, { id, version })
    }
  },
}
