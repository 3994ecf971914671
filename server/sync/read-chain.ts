import type { CommandContext } from '../platform/operation.ts'
import { bindingsOf, firstHash, type SealedSlip } from '../registers/index.ts'
import { lastNumberGiven, numbersGiven, paymentsOf, salesMadeAt } from '../sales/index.ts'
import { lastSlipOf, salesOfSlips, slipsBeside } from './chain-queries.ts'
import type { Chain } from './follow-chain.ts'
import type { Sender } from './take-in.ts'

/** A slip that is here, with what became of it. */
export type SlipHere = Awaited<ReturnType<typeof slipsBeside>>[number]

/** A sale that the server made itself, and what it was paid with. */
export interface MadeHere {
  readonly id: string
  readonly session_id: string
  readonly total: string
  readonly tenderIds: readonly string[]
}

/** Where a device stands at a register: what it goes on from, and what its last number there is. */
export async function standOf(
  context: Pick<CommandContext, 'db' | 'tenantId'>,
  { id: deviceId, registerId }: { readonly id: string; readonly registerId: string },
) {
  const bindings = await bindingsOf(context, deviceId)
  const here = bindings.filter((one) => one.register_id === registerId)
  const starts = here.map(({ head_hash }) => head_hash?.toString('hex') ?? firstHash)
  const bound = here.at(-1)?.last_sequence ?? 0
  const slip = await lastSlipOf(context, { deviceId, registerId })
  const isAfter = slip !== undefined && slip.sequence > bound
  const after = isAfter ? slip.sequence : bound
  const own = await lastNumberGiven(context, { registerId, deviceId }, { after })
  return {
    registerIds: new Set(bindings.map((one) => one.register_id)),
    starts,
    first: here[0]?.last_sequence ?? 0,
    own,
    /** The last number that a receipt of its has here: not the printed one, where that was taken. */
    reach: Math.max(own, slip?.number ?? 0),
    hash: (isAfter ? slip.hash : starts.at(-1)) ?? firstHash,
  }
}

/** What is known of the chain of a device before slips of it are followed. */
export async function readChain(
  context: CommandContext,
  { id: deviceId, registerId, lastSequence }: Sender,
  { slips, saleIds }: { slips: readonly SealedSlip[]; saleIds: readonly string[] },
): Promise<{ chain: Chain; here: readonly SlipHere[]; made: ReadonlyMap<string, MadeHere> }> {
  const { hash, reach: _, ...stand } = await standOf(context, { id: deviceId, registerId })
  const at = { deviceId, registerId }
  const sequences = slips.map(({ sequence }) => sequence)
  const here = slips.length === 0 ? [] : await slipsBeside(context, at, slips)
  const made = await salesWithoutSlip(context, registerId, saleIds)
  const used = slips.length === 0 ? [] : await numbersGiven(context, at, sequences)
  const head = { sequence: lastSequence, hash }
  return { chain: { ...at, ...stand, head, used, slips: here, soldByServer: made }, here, made }
}

async function salesWithoutSlip(
  context: CommandContext,
  registerId: string,
  saleIds: readonly string[],
): Promise<Map<string, MadeHere>> {
  const found = saleIds.length === 0 ? [] : await salesMadeAt(context, registerId, saleIds)
  if (found.length === 0) return new Map()
  const ids = found.map(({ id }) => id)
  const known = await salesOfSlips(context, ids)
  const payments = await paymentsOf(context, ids)
  return new Map(
    found
      .filter(({ id }) => !known.has(id))
      .map((sale) => [
        sale.id,
        { ...sale, tenderIds: [...new Set((payments.get(sale.id) ?? []).map(({ tender_id }) => tender_id))] },
      ]),
  )
}
