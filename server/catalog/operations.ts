import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { changeCategory, createCategory, deleteCategory } from './categories.ts'
import * as contract from './contract.ts'
import { listCategories, listUnits } from './queries.ts'
import { asUnit, createUnit, renameUnit } from './units.ts'

const { permissions } = contract

/** Units and the tree of categories. */
export const groundOperations = [
  query({
    name: 'catalog.list-units',
    route: 'GET /v1/units',
    summary: 'What quantities are counted in, by code.',
    permission: permissions.viewProducts,
    reach: 'any',
    input: contract.listInput,
    output: page(contract.unit),
    async handle(context, { limit, cursor }) {
      const [after] = readCursor(cursor, z.tuple([contract.unitCode, z.uuid()])) ?? []
      return toPage((await listUnits(context, limit, after)).map(asUnit), limit, (row) => [row.code, row.id])
    },
  }),
  command({
    name: 'catalog.create-unit',
    route: 'POST /v1/units',
    summary: 'Make a unit. What it measures and its decimals stay.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: contract.createUnitInput,
    output: contract.unit,
    refusals: [contract.unitCodeTaken, platformRefusals.alreadyExists],
    handle: createUnit,
  }),
  command({
    name: 'catalog.update-unit',
    route: 'PATCH /v1/units/:id',
    summary: 'Change what a unit is called.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: contract.updateUnitInput,
    output: contract.unit,
    handle: renameUnit,
  }),
  query({
    name: 'catalog.list-categories',
    route: 'GET /v1/categories',
    summary: 'Categories by name, each with the one it lies in.',
    permission: permissions.viewProducts,
    reach: 'any',
    input: contract.listInput,
    output: page(contract.category),
    async handle(context, { limit, cursor }) {
      const after = readCursor(cursor, z.tuple([z.string().max(100), z.uuid()]))
      return toPage(await listCategories(context, limit, after), limit, (row) => [row.name, row.id])
    },
  }),
  command({
    name: 'catalog.create-category',
    route: 'POST /v1/categories',
    summary: 'Make a category, at the top of the tree or in another.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: contract.createCategoryInput,
    output: contract.category,
    refusals: [
      contract.categoryNotFound,
      contract.categoryNameTaken,
      contract.categoryTooDeep,
      platformRefusals.alreadyExists,
    ],
    handle: createCategory,
  }),
  command({
    name: 'catalog.update-category',
    route: 'PATCH /v1/categories/:id',
    summary: 'Rename a category, or move it with all that lies in it.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: contract.updateCategoryInput,
    output: contract.category,
    refusals: [contract.categoryNotFound, contract.categoryNameTaken, contract.categoryTooDeep, contract.categoryCycle],
    handle: changeCategory,
  }),
  command({
    name: 'catalog.delete-category',
    route: 'DELETE /v1/categories/:id',
    summary: 'Take an empty category out of the tree.',
    permission: permissions.manageProducts,
    reach: 'tenant',
    input: contract.endInput,
    output: contract.category,
    refusals: [contract.categoryInUse],
    handle: deleteCategory,
  }),
] as const
