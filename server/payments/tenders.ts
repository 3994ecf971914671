import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { providerNotOffered } from './authorization-contract.ts'
import {
  addedTenders,
  type createTenderInput,
  type stateInput,
  type TenderKind,
  tenderActive,
  tenderInactive,
  type updateTenderInput,
} from './contract.ts'
import type { Providers } from './provider.ts'
import { findTender, insertMissingTenders, insertTender, type NewTender, updateTender } from './tender-queries.ts'

type Maker = Pick<CommandContext, 'db' | 'tenantId' | 'newId' | 'changed'>

const usual: readonly Omit<NewTender, 'id' | 'provider'>[] = [
  { code: 'cash', name: 'Cash', kind: 'cash', needs_reference: false, opens_drawer: true },
  { code: 'card', name: 'Card', kind: 'card', needs_reference: false, opens_drawer: false },
  { code: 'mobile_wallet', name: 'Mobile wallet', kind: 'mobile_wallet', needs_reference: false, opens_drawer: false },
  { code: 'bank_transfer', name: 'Bank transfer', kind: 'bank_transfer', needs_reference: true, opens_drawer: false },
  { code: 'cheque', name: 'Cheque', kind: 'other', needs_reference: true, opens_drawer: true },
]

/** Where what came by a kind of tender is booked until it moves on: a purpose of the ledger. */
export const purposeOfTender = {
  cash: 'cash',
  card: 'card_clearing',
  mobile_wallet: 'mobile_wallet_clearing',
  bank_transfer: 'cash_in_transit',
  other: 'cheques',
} as const satisfies Record<TenderKind, string>

/** Makes the usual tenders that the tenant lacks, in the name of whatever needs them, such as a new legal entity. */
export async function addUsualTenders(scope: Maker, needing: { id: string }) {
  const made = await insertMissingTenders(
    scope,
    usual.map((one) => ({ id: scope.newId(), provider: null, ...one })),
  )
  const items = made.toSorted((a, b) => (a.code < b.code ? -1 : 1))
  if (items.length > 0) scope.changed({ resource: 'tenders', id: needing.id, new: { items }, schema: addedTenders })
  return items
}

/** Makes a tender, with a provider that is offered or with none. */
export async function createTender(
  context: CommandContext,
  providers: Providers,
  input: z.output<typeof createTenderInput>,
) {
  if (input.provider !== undefined && !providers.has(input.provider)) refuse(providerNotOffered)
  const made = await insertTender(context, {
    ...input,
    id: input.id ?? context.newId(),
    provider: input.provider ?? null,
  })
  context.changed({ resource: 'tender', id: made.id, new: made })
  return made
}

/** Changes how a tender is used. Its code, kind and provider stay: what was paid is booked by them. */
export async function changeTender(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateTenderInput>,
) {
  const old = await holdTender(context, { id, version })
  const changed = await updateTender(context, id, definedOf(values))
  context.changed({ resource: 'tender', id, old, new: changed })
  return changed
}

/** Lets a tender take no more payments; what it took is still given back by it. Or lets it take some again. */
export async function switchTender(context: CommandContext, input: z.output<typeof stateInput>, is_active: boolean) {
  const old = await holdTender(context, input)
  if (old.is_active === is_active) refuse(is_active ? tenderActive : tenderInactive)
  const changed = await updateTender(context, input.id, { is_active })
  context.changed({ resource: 'tender', id: input.id, old, new: changed })
  return changed
}

async function holdTender(context: CommandContext, { id, version }: { id: string; version: number }) {
  const old = (await findTender(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return old
}
