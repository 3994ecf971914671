import { uuidv7 } from '../../server/platform/identifiers.ts'
import { makeProduct } from './catalog.ts'
import type { Hints } from './hints.ts'
import { withClient } from './postgres.ts'
import type { TestOwner, TestServer } from './server.ts'

type Recording = Parameters<TestOwner['client']['call']>[1]

interface OldSale {
  readonly kind: string
  readonly source: string
  readonly number: string
  readonly branch_id: string
  readonly made_at: string | undefined
  readonly lines: readonly object[]
}

/** A sale of last winter, with one line of these goods at 12.50, unless told otherwise. */
export function oldSale<const More extends object>(
  { branchId: branch_id }: TestOwner,
  variant_id: string,
  more: More = {} as More,
): OldSale & More {
  return {
    kind: 'sale',
    source: 'legacy',
    number: uuidv7(),
    branch_id,
    made_at: '2026-02-03T10:30:00Z',
    lines: [{ variant_id, quantity: '1', unit_price: '12.50' }],
    ...more,
  }
}

/** Records documents in the books, without their stock, unless told otherwise; answers with what became of each. */
export async function recordHistory({ client }: TestOwner, documents: readonly object[], more: object = {}) {
  const input = { ledger: 'at_its_date', documents, ...more } as never as Recording
  return (await client.call('history.record-documents', input as never)).items
}

/** The code that the only document was refused with, or its state. */
export async function codeOfRecording(owner: TestOwner, document: object, more: object = {}): Promise<string> {
  const [one] = await recordHistory(owner, [document], more)
  return one?.refused?.code ?? one?.state ?? 'none'
}

/** What documents of a tenant that count come to, by their published lines. */
export function publishedSums(server: TestServer, tenantId: string) {
  return withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query<{ lines: number; exact: string; net: string; tax: string; total: string }>(
      `SELECT count(*)::integer AS lines, coalesce(trim_scale(sum(exact_amount)), 0)::text AS exact, coalesce(sum(net), 0)::text AS net,
              coalesce(sum(tax), 0)::text AS tax, coalesce(sum(total), 0)::text AS total
       FROM history.read_line WHERE tenant_id = $1`,
      [tenantId],
    )
    return rows[0]
  })
}

/** Every balance of the books of a tenant, as of each day too, and all its stock with what it is worth; what is nothing is left out. */
export function historySnapshot(server: TestServer, tenantId: string) {
  return withClient(server.database.superuserUrl, async (client) => {
    const read = async (text: string) => (await client.query(text, [tenantId])).rows
    return {
      balances: await read('SELECT id, balance FROM ledger.account WHERE tenant_id = $1 AND balance <> 0 ORDER BY id'),
      days: await read(
        `SELECT account_id, effective_on, debit - credit AS change FROM ledger.daily_total
         WHERE tenant_id = $1 AND debit <> credit ORDER BY account_id, effective_on`,
      ),
      levels: await read(
        'SELECT branch_id, variant_id, batch_id, on_hand, reserved FROM inventory.level WHERE tenant_id = $1 AND on_hand <> 0 ORDER BY 1, 2, 3',
      ),
      values: await read(
        'SELECT branch_id, variant_id, quantity, value FROM inventory.cost WHERE tenant_id = $1 AND quantity <> 0 ORDER BY 1, 2',
      ),
    }
  })
}

/** What operations on documents of earlier sales are about. */
export function historyHints(owner: TestOwner): Hints {
  return {
    'history.record-documents documents': async () => [oldSale(owner, (await makeProduct(owner)).variant.id)],
    'history.reverse-documents ids': async () => [(await made(owner)).id],
    'history.list-documents through': () => '2036-12-31',
    'history.list-documents customer_id': async () =>
      (await owner.client.call('parties.create-party', { kind: 'person', name: 'Who bought' })).id,
  }
}

export function historyMakers(owner: TestOwner) {
  return { 'history.get-document': () => made(owner), 'history.list-lines': () => made(owner) }
}

async function made(owner: TestOwner): Promise<{ id: string }> {
  const [one] = await recordHistory(owner, [oldSale(owner, (await makeProduct(owner)).variant.id)])
  return { id: one?.id ?? '' }
}
