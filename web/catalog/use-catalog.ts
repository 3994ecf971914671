import type { Output } from '../api.ts'
import { useWholeList } from '../ui/whole-list.ts'

type Category = Output<'catalog.list-categories'>['items'][number]

export const useUnits = () => useWholeList('catalog.list-units', {})
export const useTaxClasses = () => useWholeList('tax.list-classes', {})

/** A category at its place in the tree. */
export interface Placed extends Category {
  readonly depth: number
  /** With those it lies in: `Care › Sun`. */
  readonly path: string
}

/** The tree of categories from top to bottom, each above what lies in it. */
export function useCategories(): readonly Placed[] {
  const all = useWholeList('catalog.list-categories', {})
  const below = Map.groupBy(all, ({ parent_id }) => parent_id)
  const place = (parent: string | null, before: string, depth: number): Placed[] =>
    (below.get(parent) ?? [])
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .flatMap((one) => {
        const path = before === '' ? one.name : `${before} › ${one.name}`
        return [{ ...one, depth, path }, ...place(one.id, path, depth + 1)]
      })
  return place(null, '', 0)
}

export const asChoices = (all: readonly { id: string; name: string }[]) =>
  all.map(({ id, name }) => ({ value: id, label: name }))

export const pathChoices = (all: readonly Placed[]) => all.map(({ id, path }) => ({ value: id, label: path }))

/** Which one of a product a variant is, such as `Blue, 500 ml`. */
export const optionsOf = (options: readonly { value: string }[]) => options.map(({ value }) => value).join(', ')
