import type { z } from 'zod'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { entityNotFound, findEntity } from '../tenants/index.ts'
import type { Chart } from './chart.ts'
import { chartOf, charts } from './charts.ts'
import { book as bookSchema, booksExist, booksNotFound, type openBooksInput } from './contract.ts'
import { findBook, insertAccounts, insertBook } from './queries.ts'

type Scope = Pick<CommandContext, 'client' | 'db' | 'tenantId' | 'newId' | 'changed'>

/** Opens the books of a legal entity with the accounts of its country's chart, in its currency. */
export async function openBooksOf(
  scope: Scope,
  entity: { id: string; country: string; currency: string },
  chart: Chart = chartOf(entity.country),
) {
  const book = await insertBook(scope, entity.id, chart)
  await insertAccounts(
    scope,
    chart.accounts.map(({ code, name, type, purpose }) => ({
      id: scope.newId(),
      entity_id: entity.id,
      code,
      name,
      type,
      purpose: purpose ?? null,
      currency: entity.currency,
      floor: null,
      ceiling: null,
    })),
  )
  scope.changed({ resource: 'books', id: book.id, new: book, schema: bookSchema })
  return book
}

/** Opens the books of a legal entity that was made before there was a ledger. */
export async function openBooks(context: CommandContext, input: z.output<typeof openBooksInput>) {
  assertInScope(context, { entityId: input.entity_id }, entityNotFound)
  const entity = (await findEntity(context, input.entity_id)) ?? refuse(entityNotFound)
  if (await findBook(context, entity.id)) refuse(booksExist)
  return openBooksOf(
    context,
    entity,
    charts.find((chart) => chart.id === input.chart),
  )
}

/** Refuses what is asked of the books of a legal entity that has none, or is not of the caller's part of the tenant. */
export async function assertBooks(context: QueryContext, entityId: string): Promise<void> {
  assertInScope(context, { entityId }, booksNotFound)
  if (!(await findBook(context, entityId))) refuse(booksNotFound)
}
