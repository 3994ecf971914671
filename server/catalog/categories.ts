import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import {
  categoryCycle,
  categoryInUse,
  categoryNotFound,
  categoryTooDeep,
  type createCategoryInput,
  type endInput,
  type updateCategoryInput,
} from './contract.ts'
import {
  findCategory,
  heightOfCategory,
  insertCategory,
  isCategoryInUse,
  lockCategories,
  pathOfCategory,
  updateCategory,
} from './queries.ts'

const deepest = 8

/** Makes a category, at the top of the tree or in another. */
export async function createCategory(context: CommandContext, input: z.output<typeof createCategoryInput>) {
  const parent_id = input.parent_id ?? null
  if (parent_id !== null) {
    if (!(await findCategory(context, parent_id, 'place'))) refuse(categoryNotFound)
    if ((await pathOfCategory(context, parent_id)).length >= deepest) refuse(categoryTooDeep)
  }
  const made = await insertCategory(context, { id: input.id ?? context.newId(), parent_id, name: input.name })
  context.changed({ resource: 'category', id: made.id, new: made })
  return made
}

/** Renames a category, or moves it with all that lies in it. */
export async function changeCategory(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateCategoryInput>,
) {
  if (values.parent_id) await lockCategories(context)
  const old = (await findCategory(context, id, 'row')) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  if (values.parent_id) await assertMayLieIn(context, id, values.parent_id)
  const changed = await updateCategory(context, id, definedOf(values))
  context.changed({ resource: 'category', id, old, new: changed })
  return changed
}

/** Takes an empty category out of the tree. */
export async function deleteCategory(context: CommandContext, { id, version }: z.output<typeof endInput>) {
  const old = (await findCategory(context, id, 'row')) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  if (await isCategoryInUse(context, id)) refuse(categoryInUse)
  const deleted = await updateCategory(context, id, { deleted: true })
  context.changed({ resource: 'category', id, old })
  return deleted
}

async function assertMayLieIn(context: CommandContext, id: string, parentId: string): Promise<void> {
  if (!(await findCategory(context, parentId))) refuse(categoryNotFound)
  const path = await pathOfCategory(context, parentId)
  if (path.includes(id)) refuse(categoryCycle)
  if (path.length + (await heightOfCategory(context, id)) > deepest) refuse(categoryTooDeep)
}
