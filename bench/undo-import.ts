import type { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import type { Shop } from './shops.ts'
import type { Stage } from './stage.ts'

type BenchClient = ReturnType<typeof createClient<Operations>>

/** Gives a shop something that was there before: goods of a file in stock, and an earlier sale of them in the books. */
export async function fillBefore(client: BenchClient, { branch }: Shop, sku: string): Promise<void> {
  const { items: units } = await client.call('catalog.list-units', { limit: 50 })
  const { items: classes } = await client.call('tax.list-classes', {})
  const product = await client.call('catalog.create-product', {
    ...{ name: 'There before', kind: 'stocked', unit_id: units.find(({ code }) => code === 'piece')?.id ?? '' },
    ...{ tax_class_id: classes[0]?.id ?? '', variants: [{ sku }] },
  })
  const variant_id = product.variants[0]?.id ?? ''
  const lines = [{ variant_id, quantity: '1000', unit_cost: '1.37' }]
  await client.call('inventory.receive-stock', { branch_id: branch.id, lines })
  const sold = [{ variant_id, quantity: '3', unit_price: '2.955' }]
  const document = {
    kind: 'sale',
    source: 'before',
    number: '1',
    branch_id: branch.id,
    effective_on: '1989-06-15',
  } as const
  await client.call('history.record-documents', { ledger: 'at_its_date', documents: [{ ...document, lines: sold }] })
}

const reports = ['sales-by-month', 'gross-margin', 'tax-summary', 'takings', 'best-sellers', 'stock-value'] as const
const always = { from: '1980-01-01', until: '2199-12-31' }

/** All balances of a shop by their names: accounts, stock and its value, documents and goods that stand, and the rows of reports. */
export async function readBalances(
  stage: Stage,
  client: BenchClient,
  { tenantId }: Shop,
): Promise<ReadonlyMap<string, string>> {
  const rows = await stage.query<{ name: string; balance: string }>(
    'comptoir',
    `SELECT 'account ' || code AS name, trim_scale(balance)::text AS balance FROM ledger.account WHERE tenant_id = '${tenantId}' AND balance <> 0
     UNION ALL SELECT 'stock ' || branch_id || variant_id, trim_scale(quantity) || ' worth ' || trim_scale(value) FROM inventory.cost
       WHERE tenant_id = '${tenantId}' AND (quantity <> 0 OR value <> 0)
     UNION ALL SELECT 'batch ' || branch_id || place, trim_scale(on_hand)::text FROM inventory.level WHERE tenant_id = '${tenantId}' AND on_hand <> 0
     UNION ALL SELECT 'document ' || d.number, trim_scale(d.total)::text FROM history.document d WHERE d.tenant_id = '${tenantId}'
       AND NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id)
     UNION ALL SELECT 'product ' || id, name FROM catalog.product WHERE tenant_id = '${tenantId}' AND deleted_at IS NULL
     UNION ALL SELECT 'party ' || id, name FROM parties.party WHERE tenant_id = '${tenantId}' AND deleted_at IS NULL`,
  )
  const told = reports.map(async (report) => {
    const parameters = report === 'stock-value' ? {} : always
    const { rows } = await client.call('reports.run-report', { report, parameters, limit: 2_000 })
    return [`report ${report}`, JSON.stringify(rows)] as const
  })
  return new Map([...rows.map(({ name, balance }) => [name, balance] as const), ...(await Promise.all(told))])
}

/** Fails with the first that is not what it was. */
export function assertSame(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  )
  const [first] = differing
  if (first === undefined) return
  throw new Error(
    `after the undo ${differing.length} differ: ${first} was ${before.get(first)} and is ${after.get(first)}`,
  )
}
