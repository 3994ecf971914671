import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { findRange, listCheckpoints, listSigningKeys, readEntries } from './checkpoint-queries.ts'
import * as contract from './contract.ts'
import { makeCheckpoint, type Sealing } from './make-checkpoint.ts'

const { checkpointPermissions: permissions } = contract
const afterCheckpoint = z.tuple([z.int(), z.uuid()])
const restOfSlice = z.tuple([z.int(), z.int(), z.int()])
/** The most that the bodies of a page hold, unless one alone holds more. */
const pageBytes = 4_000_000

/** Checkpoints, the keys that check them, and the chain itself as it is exported. */
export function checkpointOperations(sealing: Sealing) {
  return [
    command({
      name: 'audit.create-checkpoint',
      route: 'POST /v1/audit/checkpoints',
      summary: 'State where the audit chain stands, signed; when nothing happened since, the checkpoint there is.',
      permission: permissions.createCheckpoint,
      reach: 'tenant',
      input: z.strictObject({}),
      output: contract.checkpoint,
      refusals: [contract.chainContradictsCheckpoint],
      async handle(context) {
        const found = await makeCheckpoint(context, sealing, 'requested')
        if (!found) return refuse(contract.chainContradictsCheckpoint)
        const { id, seq, hash, key_id } = found.checkpoint
        context.changed({ resource: 'checkpoint', id, ...(found.made ? { new: { seq, hash, key_id } } : {}) })
        return found.checkpoint
      },
    }),
    ...readOperations,
  ] as const
}

const readOperations = [
  query({
    name: 'audit.list-checkpoints',
    route: 'GET /v1/audit/checkpoints',
    summary: 'Checkpoints of the audit chain, in the order of their entries.',
    permission: permissions.exportEntries,
    reach: 'tenant',
    input: contract.listCheckpointsInput,
    output: page(contract.checkpoint),
    async handle(context, { from_seq: from = 1, limit, cursor }) {
      const after = readCursor(cursor, afterCheckpoint)
      return toPage(await listCheckpoints(context, { from, after, limit }), limit, ({ seq, id }) => [seq, id])
    },
  }),
  query({
    name: 'audit.list-signing-keys',
    route: 'GET /v1/audit/signing-keys',
    summary: 'Every public key that signed checkpoints here, oldest first.',
    permission: permissions.exportEntries,
    reach: 'tenant',
    input: z.strictObject({}),
    output: z.object({ items: z.array(contract.signingKey) }),
    async handle(context) {
      const items = (await listSigningKeys(context)).map(({ id, publicKey, endorsedBy, endorsement, created_at }) => ({
        id,
        public_key: publicKey.toString('base64'),
        endorsed_by: endorsedBy,
        endorsement: endorsement?.toString('base64') ?? null,
        created_at,
      }))
      return { items }
    },
  }),
  query({
    name: 'audit.read-chain',
    route: 'GET /v1/audit/chain',
    summary: 'A slice of the audit chain, exactly as it was hashed, in order: from an entry or a time, until one.',
    permission: permissions.exportEntries,
    reach: 'tenant',
    // Not from a replica: one that lags would lack entries that a checkpoint speaks of, which looks like a theft of them.
    input: contract.readChainInput,
    output: contract.chainSlice,
    refusals: [contract.fromAfterUntil],
    async handle(context, { from_seq: first = 1, until_seq: last = Number.MAX_SAFE_INTEGER, ...input }) {
      contract.assertInOrder(input)
      const rest = readCursor(input.cursor, restOfSlice)
      const range = rest ? undefined : await findRange(context, { from: input.from, until: input.until })
      const whole = rest ?? (range && [Math.max(first, range.first), Math.min(last, range.last)])
      const [begin = 1, end = 0, from = begin] = whole ?? []
      if (begin > end) return { items: [], from_seq: null, until_seq: null, next_cursor: null }
      const items = await readEntries(context, { from, until: end, limit: input.page_size, bytes: pageBytes })
      const next = (items.at(-1)?.seq ?? end) + 1
      const cursor = next > end ? null : Buffer.from(JSON.stringify([begin, end, next])).toString('base64url')
      return { items, from_seq: begin, until_seq: end, next_cursor: cursor }
    },
  }),
] as const
