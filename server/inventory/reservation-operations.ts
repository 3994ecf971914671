import { z } from 'zod'
import { quantityRefusals, variantNotFound } from '../catalog/index.ts'
import { batchCommand, command, query } from '../platform/operation.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import type { Settings } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import { posting, permissions as stockPermissions } from './contract.ts'
import { endingRefusals, extendReservation, readReservation, releaseReservation } from './end-reservations.ts'
import { asQuarantine, quarantineExpired, quarantineStock, writeOffQuarantine } from './quarantine.ts'
import { assertThere } from './read-stock.ts'
import * as contract from './reservation-contract.ts'
import { listReservations } from './reservation-queries.ts'
import { asReservation, keepingRefusals, reserveStock } from './reserve-stock.ts'
import { stockRefusals } from './stock-refusals.ts'

const permissions = contract.reservationPermissions
const cursorOfId = z.tuple([z.uuid()])

/** Stock that is kept for orders. */
export const reservationOperations = ({ settings }: { readonly settings: Settings }) =>
  [
    batchCommand({
      name: 'inventory.reserve-stock',
      route: 'POST /v1/reservations',
      summary: 'Keep stock for an order, whole or not at all, until a time.',
      permission: permissions.reserveStock,
      reach: 'branch',
      input: contract.reserveStockInput,
      output: contract.reservation,
      refusals: [...keepingRefusals, ...quantityRefusals, contract.expiryOutOfRange],
      batch: reserveStock(settings),
    }),
    command({
      name: 'inventory.release-reservation',
      route: 'POST /v1/reservations/:id/release',
      summary: 'Make what is kept for an order available again, whole or in part.',
      permission: permissions.reserveStock,
      reach: 'branch',
      input: contract.releaseInput,
      output: contract.reservation,
      refusals: endingRefusals,
      handle: async (context, input) => asReservation(await releaseReservation(context, 'order', input)),
    }),
    command({
      name: 'inventory.extend-reservation',
      route: 'POST /v1/reservations/:id/extend',
      summary: 'Keep stock for an order until another time; what is over stays so.',
      permission: permissions.reserveStock,
      reach: 'branch',
      input: contract.extendReservationInput,
      output: contract.reservation,
      refusals: [contract.reservationOver, contract.expiryOutOfRange],
      handle: async (context, input) => asReservation(await extendReservation(context, settings, input)),
    }),
    query({
      name: 'inventory.get-reservation',
      route: 'GET /v1/reservations/:id',
      summary: 'What is kept for an order, by batch.',
      permission: permissions.viewReservations,
      reach: 'branch',
      input: contract.byId,
      output: contract.reservation,
      handle: async (context, { id }) => asReservation(await readReservation(context, 'order', id)),
    }),
    query({
      name: 'inventory.list-reservations',
      route: 'GET /v1/reservations',
      summary: 'What is kept for orders.',
      permission: permissions.viewReservations,
      reach: 'branch',
      input: contract.listReservationsInput,
      output: page(contract.reservation),
      refusals: [branchNotFound, variantNotFound],
      async handle(context, { cursor, ...filter }) {
        await assertThere(context, filter)
        const [after] = readCursor(cursor, cursorOfId) ?? []
        const found = await listReservations(context, { kind: 'order', ...filter }, after)
        return toPage(found.map(asReservation), filter.limit, (row) => [row.id])
      },
    }),
  ] as const

/** Stock that is out of everybody's hands. */
export const quarantineOperations = [
  command({
    name: 'inventory.quarantine-stock',
    route: 'POST /v1/quarantine',
    summary: 'Take stock out of everybody’s hands: it is there, and nobody sells it.',
    permission: permissions.quarantineStock,
    reach: 'branch',
    input: contract.quarantineStockInput,
    output: contract.quarantine,
    refusals: [...keepingRefusals, ...quantityRefusals],
    handle: quarantineStock,
  }),
  command({
    name: 'inventory.quarantine-expired',
    route: 'POST /v1/quarantine/expired',
    summary: 'Put all that has expired of a branch and is available into quarantine.',
    permission: permissions.quarantineStock,
    reach: 'branch',
    input: contract.quarantineExpiredInput,
    output: contract.quarantinedExpired,
    refusals: keepingRefusals,
    handle: async (context, input) => ({ quarantine: await quarantineExpired(context, input) }),
  }),
  command({
    name: 'inventory.release-from-quarantine',
    route: 'POST /v1/quarantine/:id/release',
    summary: 'Make stock in quarantine available again, whole or in part.',
    permission: permissions.releaseQuarantine,
    reach: 'branch',
    input: contract.releaseInput,
    output: contract.quarantine,
    refusals: endingRefusals,
    handle: async (context, input) => asQuarantine(await releaseReservation(context, 'quarantine', input)),
  }),
  command({
    name: 'inventory.write-off-quarantine',
    route: 'POST /v1/quarantine/:id/write-off',
    summary: 'Write off what is in quarantine, whole or in part.',
    permission: stockPermissions.writeOffStock,
    reach: 'branch',
    severity: 'notice',
    input: contract.writeOffQuarantineInput,
    output: posting,
    refusals: [...endingRefusals, ...stockRefusals],
    handle: writeOffQuarantine,
  }),
  query({
    name: 'inventory.get-quarantine',
    route: 'GET /v1/quarantine/:id',
    summary: 'Stock that was put into quarantine together.',
    permission: permissions.viewReservations,
    reach: 'branch',
    input: contract.byId,
    output: contract.quarantine,
    handle: async (context, { id }) => asQuarantine(await readReservation(context, 'quarantine', id)),
  }),
  query({
    name: 'inventory.list-quarantine',
    route: 'GET /v1/quarantine',
    summary: 'What is in quarantine.',
    permission: permissions.viewReservations,
    reach: 'branch',
    input: contract.listQuarantineInput,
    output: page(contract.quarantine),
    refusals: [branchNotFound, variantNotFound],
    async handle(context, { cursor, ...filter }) {
      await assertThere(context, filter)
      const [after] = readCursor(cursor, cursorOfId) ?? []
      const found = await listReservations(context, { kind: 'quarantine', ...filter }, after)
      return toPage(found.map(asQuarantine), filter.limit, (row) => [row.id])
    },
  }),
] as const
