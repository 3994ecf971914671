import type { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { entityNotFound, findEntity } from '../tenants/index.ts'
import {
  type addClassesInput,
  addedClasses,
  type createClassInput,
  rateNameUnused,
  type updateClassInput,
} from './contract.ts'
import { insertClass, insertMissingClasses, lockClass, type NewClass, updateClass } from './queries.ts'
import { openRateNames } from './rate-queries.ts'

type Scope = Pick<CommandContext, 'db' | 'tenantId' | 'newId' | 'changed'>

const always = [
  { code: 'standard', name: 'Standard rate', treatment: 'taxed', rate_name: 'standard' },
  { code: 'zero', name: 'Zero rate', treatment: 'zero', rate_name: null },
  { code: 'exempt', name: 'Exempt', treatment: 'exempt', rate_name: null },
  { code: 'out_of_scope', name: 'Out of scope', treatment: 'out_of_scope', rate_name: null },
  { code: 'reverse_charge', name: 'Reverse charge', treatment: 'reverse_charge', rate_name: null },
] as const

/**
 * Makes the tax classes that the country of a new legal entity has and the tenant lacks: the standard rate, zero, exempt,
 * out of scope, reverse charge, and one for each other reference rate of the country that has no end.
 */
export async function addClassesOf(scope: Scope, entity: { id: string; country: string }) {
  const others = (await openRateNames(scope, entity.country)).filter((name) => name !== 'standard')
  const classes: Omit<NewClass, 'id'>[] = [
    ...always,
    ...others.map((name) => ({ code: name, name: nameOf(name), treatment: 'taxed' as const, rate_name: name })),
  ]
  const made = await insertMissingClasses(
    scope,
    classes.map((one) => ({ id: scope.newId(), ...one })),
  )
  const items = made.toSorted((a, b) => (a.code < b.code ? -1 : 1))
  // One entry for all of them, as for the accounts of new books.
  if (items.length > 0) scope.changed({ resource: 'tax_classes', id: entity.id, new: { items }, schema: addedClasses })
  return items
}

/** Adds the missing classes of the country of a legal entity, such as one made before there were tax classes. */
export async function addClasses(context: CommandContext, { entity_id }: z.output<typeof addClassesInput>) {
  const entity = (await findEntity(context, entity_id)) ?? refuse(entityNotFound)
  return { items: await addClassesOf(context, entity) }
}

/** Makes a tax class. */
export async function createClass(context: CommandContext, input: z.output<typeof createClassInput>) {
  if (input.rate_name !== undefined && input.treatment !== 'taxed') refuse(rateNameUnused)
  const made = await insertClass(context, {
    ...input,
    id: input.id ?? context.newId(),
    rate_name: input.rate_name ?? null,
  })
  context.changed({ resource: 'tax_class', id: made.id, new: made })
  return made
}

/** Changes the name of a tax class. What it is taxed at stays, for that counts on past days as well. */
export async function changeClass(context: CommandContext, { id, version, name }: z.output<typeof updateClassInput>) {
  const old = (await lockClass(context, id)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const changed = await updateClass(context, id, name)
  context.changed({ resource: 'tax_class', id, old, new: changed })
  return changed
}

/** `super_reduced` → `Super reduced rate`. */
function nameOf(rateName: string): string {
  const words = rateName.replaceAll('_', ' ').replace(/(?<=[a-z])(?=\d)/, ' ')
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)} rate`
}
