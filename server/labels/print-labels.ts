import { setImmediate as nextTurn } from 'node:timers/promises'
import type { z } from 'zod'
import { barcodesOf, findProduct, findUnit, type Goods, readGoods, variantNotFound } from '../catalog/index.ts'
import { findBatches, levelsOfBatches } from '../inventory/index.ts'
import { paintPng } from '../painting/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { branchNotFound, getPrice } from '../pricing/index.ts'
import { findCurrency } from '../reference/index.ts'
import { findTenant } from '../tenants/index.ts'
import { chooseSymbol } from './choose-symbol.ts'
import * as contract from './contract.ts'
import { drawLabel, type Label } from './draw-label.ts'
import { priceLines } from './price-lines.ts'
import { sizes } from './sizes.ts'
import { writePdf } from './write-pdf.ts'

type Input = z.output<typeof contract.printLabelsInput>

/** Draws labels and answers with the file. */
export async function printLabels(context: QueryContext, input: Input) {
  if (input.branch_id !== undefined) assertInScope(context, { branchId: input.branch_id }, branchNotFound)
  const size = sizes[input.size]
  const labels = input.items.reduce((sum, { copies }) => sum + copies, 0)
  if (labels > contract.mostLabels) refuse(contract.tooManyLabels)
  if (input.format === 'png' && (labels > 1 || size.sheet !== null)) refuse(contract.oneLabelOnly)
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.notFound)
  const locale = input.locale ?? tenant.locale
  const goods = await readGoods(context, [...new Set(input.items.map(({ variant_id }) => variant_id))])
  const kinds: { png: Buffer; copies: number }[] = []
  for (const item of input.items) {
    const label = await labelOf(context, goods.get(item.variant_id), { item, locale, input })
    kinds.push({ png: await paintPng(drawLabel(label, size)), copies: item.copies })
    // Painting takes tens of milliseconds: others go in between.
    await nextTurn()
  }
  if (input.format === 'png') return answer('png', kinds[0]?.png ?? Buffer.alloc(0), { labels, pages: 1 })
  const { pdf, pages } = await writePdf(kinds, { size, firstPosition: input.first_position })
  return answer('pdf', pdf, { labels, pages })
}

function answer(format: 'pdf' | 'png', content: Buffer, { labels, pages }: { labels: number; pages: number }) {
  return {
    file_name: `labels.${format}`,
    content_type: format === 'pdf' ? ('application/pdf' as const) : ('image/png' as const),
    content_base64: content.toString('base64'),
    labels,
    pages,
  }
}

interface Asked {
  readonly item: contract.Item
  readonly locale: string
  readonly input: Pick<Input, 'branch_id' | 'symbol'>
}

async function labelOf(context: QueryContext, goods: Goods | undefined, asked: Asked): Promise<Label> {
  const { item, locale, input } = asked
  if (goods === undefined || goods.is_deleted) refuse(variantNotFound)
  const pack =
    item.pack_id === undefined
      ? null
      : (goods.packs.find(({ id }) => id === item.pack_id) ?? refuse(contract.packUnknown))
  const batch = item.batch_id === undefined ? null : await batchOf(context, item.batch_id, goods.variant_id)
  const barcodes = await barcodesOf(context, [goods.variant_id])
  const symbol = chooseSymbol(input.symbol, barcodes, { packId: pack?.id ?? null, batch })
  const prices =
    input.branch_id === undefined ? null : await pricesOf(context, goods, { ...asked, branchId: input.branch_id, pack })
  const lot =
    batch === null ? [] : [`LOT ${batch.number}`, ...(batch.expires_on === null ? [] : [`EXP ${batch.expires_on}`])]
  const own = [goods.sku, pack?.name].filter((one) => one !== null && one !== undefined)
  return {
    name: await nameOf(context, goods, locale),
    price: prices?.price ?? null,
    byMeasure: prices?.by_measure ?? null,
    details: lot.length > 0 ? lot : own.slice(0, 2),
    symbol,
  }
}

/** A batch of the variant; who is confined to some branches prints those that lie or lay there. */
async function batchOf(context: QueryContext, id: string, variantId: string) {
  const [batch] = await findBatches(context, [id])
  if (batch?.variant_id !== variantId) refuse(contract.batchUnknown)
  const branchIds = context.caller.scope?.branchIds ?? null
  const isTheirs = branchIds === null || (await levelsOfBatches(context, [id], branchIds)).length > 0
  return isTheirs ? batch : refuse(contract.batchUnknown)
}

/** The name of the product in a language: that of the very locale, else of another one of the language, else its own. */
async function nameOf(context: QueryContext, { product_id, name }: Goods, locale: string): Promise<string> {
  const labels = (await findProduct(context, product_id))?.labels ?? []
  const language = new Intl.Locale(locale).language
  const same = labels.find((one) => one.locale.toLowerCase() === locale.toLowerCase())
  return (same ?? labels.find((one) => new Intl.Locale(one.locale).language === language))?.name ?? name
}

async function pricesOf(
  context: QueryContext,
  goods: Goods,
  { item, locale, branchId, pack }: Asked & { branchId: string; pack: { quantity: string } | null },
) {
  const quantity = pack?.quantity ?? '1'
  const found = await getPrice(context, { variant_id: goods.variant_id, branch_id: branchId, quantity })
  const { unit_price, currency } = found
  const { minor_unit } = (await findCurrency(context, currency)) ?? refuse(platformRefusals.notFound)
  const { net_content } = item
  const unit = net_content && ((await findUnit(context, net_content.unit_id)) ?? refuse(contract.unitUnfit))
  const content =
    net_content && unit ? { quantity: net_content.quantity, dimension: unit.dimension, size: unit.size } : null
  return priceLines({ unit_price, currency, minor_unit, locale }, { quantity, unit: goods.unit, content })
}
