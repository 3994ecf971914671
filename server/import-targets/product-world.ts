import { type Imported, optionInvalid } from '../imports/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { findTenant } from '../tenants/index.ts'
import { type ProductGround, readProductGround } from './product-queries.ts'
import type { ProductOptions } from './product-row.ts'

/** What rows of products are judged by and committed with. */
export interface ProductWorld {
  /** The import that is under way. */
  readonly importId: string
  readonly options: ProductOptions
  readonly fields: ReadonlySet<string>
  /** In the time zone of the tenant. */
  readonly today: string
  readonly classes: Named
  readonly units: Named
  readonly branches: Named
  readonly decimals: ReadonlyMap<string, number>
  /** Ids by path; those made on the way are added. */
  readonly categories: Map<string, string>
  /** Null where rows have no prices. */
  readonly priceListId: string | null
  readonly unitId: string | undefined
  /** Whether all of it is rolled back: a dry run. */
  readonly isTried: boolean
}

/** Things by what people call them. */
export interface Named {
  idOf(text: string): string | undefined
  /** The name that a text is likeliest a slip of. */
  nearest(text: string): string | undefined
}

/** Reads what rows of products may name. Refuses with `import_option_invalid` what an option names that is not there. */
export async function openProductWorld(
  context: QueryContext,
  options: ProductOptions,
  { id: importId, fields, carried }: Imported,
): Promise<ProductWorld> {
  const tenant = await findTenant(context)
  const today = dayIn(tenant?.time_zone ?? 'UTC', context.now)
  const ground = await readProductGround(context, today)
  assertKnown(ground, options)
  if (!fields.has('tax_class') && options.tax_class_id === undefined)
    refuse(optionInvalid, 'tax_class_id: say which tax class the products have, or map a column to it')
  const branches = named(ground.branches)
  if (fields.has('quantity') && !fields.has('branch') && options.branch_id === undefined)
    refuse(optionInvalid, 'branch_id: say where the opening stock lies, or map a column to the branch')
  return {
    importId,
    options,
    fields,
    today,
    classes: named(ground.classes, ({ rate }) => (rate === null ? [] : [rate, `${rate}%`])),
    units: named(ground.units),
    branches,
    decimals: new Map(ground.units.map((one) => [one.id, one.decimals])),
    categories: pathsOf(ground.categories),
    priceListId: fields.has('price') ? priceListOf(ground, options) : null,
    unitId: options.unit_id ?? ground.units.find(({ code }) => code === 'piece')?.id,
    isTried: carried !== undefined,
  }
}

/** The names on the way to a category, from the top; none where a text names none. */
export function pathOf(text: string): string[] {
  return text
    .split('>')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Names a place in the tree of categories: capital or small letters, it is the same. */
export function pathKey(path: readonly string[]): string {
  return path.map((part) => part.normalize('NFC').toLowerCase()).join('\u0000')
}

function assertKnown(ground: ProductGround, options: ProductOptions): void {
  const asked = [
    ['tax_class_id', ground.classes],
    ['unit_id', ground.units],
    ['branch_id', ground.branches],
    ['price_list_id', ground.priceLists],
  ] as const
  for (const [name, things] of asked)
    if (options[name] !== undefined && !things.some(({ id }) => id === options[name]))
      refuse(optionInvalid, `${name}: there is no such thing`)
}

function priceListOf({ priceLists }: ProductGround, { price_list_id }: ProductOptions): string {
  const forAll = priceLists.filter((one) => one.is_for_all)
  const [only = refuse(optionInvalid, 'price_list_id: make a price list for the prices first'), ...others] =
    forAll.length > 0 ? forAll : priceLists
  if (price_list_id === undefined && others.length > 0)
    refuse(optionInvalid, 'price_list_id: say on which price list the prices go')
  return price_list_id ?? only.id
}

function named<T extends { id: string; code: string; name: string }>(
  things: readonly T[],
  more: (thing: T) => readonly string[] = () => [],
): Named {
  const byName = new Map<string, string>()
  // Of two that are called the same the first is meant; a code goes before a name.
  for (const words of [(one: T) => [one.code], (one: T) => [one.name], more])
    for (const one of things)
      for (const word of words(one)) if (!byName.has(folded(word))) byName.set(folded(word), one.id)
  const idOf = (text: string) => byName.get(folded(text)) ?? byName.get(folded(numberOf(text)))
  return {
    idOf,
    nearest(text) {
      const near = things.map((one) => ({
        code: one.code,
        slips: Math.min(slips(text, one.code), slips(text, one.name)),
      }))
      const best = near.toSorted((a, b) => a.slips - b.slips)[0]
      return best && best.slips <= Math.max(2, Math.floor(text.length / 3)) ? best.code : undefined
    },
  }
}

/** A rate as people write it, without what says nothing: 20.00 % is 20. */
function numberOf(text: string): string {
  const digits = /^(\d+)(?:[.,](\d*?)0*)?\s*%?$/.exec(text.trim())
  if (!digits) return text
  return digits[2] ? `${digits[1]}.${digits[2]}` : (digits[1] ?? text)
}

function folded(text: string): string {
  return text.normalize('NFC').trim().toLowerCase()
}

function slips(given: string, known: string): number {
  const [a, b] = [folded(given).slice(0, 60), folded(known).slice(0, 60)]
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length] ?? 0
}

function pathsOf(categories: ProductGround['categories']): Map<string, string> {
  const byId = new Map(categories.map((one) => [one.id, one]))
  const pathTo = (id: string | null, depth = 0): string[] => {
    const one = id === null || depth > 20 ? undefined : byId.get(id)
    return one ? [...pathTo(one.parent_id, depth + 1), one.name] : []
  }
  return new Map(categories.map((one) => [pathKey(pathTo(one.id)), one.id]))
}
