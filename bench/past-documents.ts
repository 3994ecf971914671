import type { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import type { Shop } from './shops.ts'
import type { Stage } from './stage.ts'

const ofList = 200
const dayMilliseconds = 86_400_000

type BenchClient = ReturnType<typeof createClient<Operations>>

/**
 * Gives a shop earlier sales from number `from` to below `until`, by the command of the product: sales of goods whose cost is known or is not,
 * with a rate of tax or none, credits, adjustments, and documents of nothing but lost goods. One in seven is taken back.
 */
export async function fillPastDocuments(
  stage: Stage,
  { branch }: Shop,
  { client, from, until }: { client: BenchClient; from: number; until: number },
): Promise<void> {
  const goods = await stage.query<{ id: string }>('comptoir', 'SELECT id FROM public.past_goods ORDER BY n')
  const customers = await stage.query<{ id: string }>('comptoir', 'SELECT id FROM public.past_customer ORDER BY n')
  const given = { branchId: branch.id, goods, customers }
  for (let at = from; at < until; at += ofList) {
    const numbers = Array.from({ length: Math.min(ofList, until - at) }, (_, offset) => at + offset)
    const documents = numbers.map((n) => documentOf(n, given))
    const { items } = await client.call('history.record-documents', { ledger: 'none', documents })
    const refused = items.find((item) => item.state !== 'recorded')
    if (refused) throw new Error(`an earlier sale was refused: ${refused.refused?.code}`)
    const ids = items.flatMap(({ id }, index) => (id !== null && numbers[index]! % 7 === 3 ? [id] : []))
    const taken = await client.call('history.reverse-documents', { ids, reason: 'It was another shop' })
    if (taken.items.some(({ reversal_id }) => reversal_id === null))
      throw new Error('an earlier sale was not taken back')
  }
}

function documentOf(
  n: number,
  {
    branchId,
    goods,
    customers,
  }: { branchId: string; goods: readonly { id: string }[]; customers: readonly { id: string }[] },
) {
  const kinds = { 4: 'credit', 8: 'adjustment' } as const
  const kind = kinds[(n % 10) as keyof typeof kinds] ?? ('sale' as const)
  const head = {
    ...{ kind, source: 'old-till', number: `P${n}`, branch_id: branchId },
    effective_on: new Date(Date.now() - (1 + ((n * 13) % 360)) * dayMilliseconds).toISOString().slice(0, 10),
    ...(n % 3 === 0 && kind !== 'adjustment' && { customer_id: customers[(n * 7) % customers.length]!.id }),
  }
  if (kind === 'adjustment')
    return { ...head, lines: [{ name: 'Bad debt', quantity: '1', unit_price: `-${n % 50}.31` }] }
  const variantOf = (line: number) => goods[(n * 17 + line * 5) % goods.length]!.id
  if (n % 10 === 6) return { ...head, lines: [{ variant_id: variantOf(1), quantity: '-2', unit_price: '0' }] }
  const lines = [1, 2, 3].slice(0, 1 + (n % 3)).map((line) => ({
    variant_id: variantOf(line),
    quantity: `${kind === 'credit' ? '-' : ''}${1 + ((n + line) % 5)}`,
    unit_price: `${3 + ((n * line) % 40)}.355`,
    ...(n % 4 !== 0 && { tax_rate: n % 4 === 1 ? '5.5' : '20' }),
    ...((n + line) % 2 === 0 && { unit_cost: `${2 + (n % 9)}.125` }),
  }))
  return { ...head, lines }
}
