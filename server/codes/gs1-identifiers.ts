/** What stands behind an application identifier: digits or text, of a fixed length or up to a longest one. */
export interface Gs1Field {
  readonly title: string
  readonly digits: boolean
  readonly shortest: number
  readonly longest: number
}

const digits = (title: string, shortest: number, longest = shortest): Gs1Field => ({
  title,
  digits: true,
  shortest,
  longest,
})
const text = (title: string, longest: number): Gs1Field => ({ title, digits: false, shortest: 1, longest })

// GS1 General Specifications, figure 3.2-1; those that a shop, a pharmacy or a warehouse meets.
const fields: Readonly<Record<string, Gs1Field>> = {
  '00': digits('sscc', 18),
  '01': digits('gtin', 14),
  '02': digits('content', 14),
  '10': text('lot', 20),
  '11': digits('produced_on', 6),
  '12': digits('due_on', 6),
  '13': digits('packed_on', 6),
  '15': digits('best_before_on', 6),
  '16': digits('sell_by_on', 6),
  '17': digits('expires_on', 6),
  '20': digits('product_variant', 2),
  '21': text('serial', 20),
  '22': text('consumer_product_variant', 20),
  '30': digits('count_of_items', 1, 8),
  '37': digits('count_of_units', 1, 8),
  '240': text('additional_id', 30),
  '241': text('customer_part_number', 30),
  '250': text('secondary_serial', 30),
  '251': text('reference_to_source', 30),
  '400': text('order_number', 30),
  '401': text('consignment', 30),
  '410': digits('ship_to', 13),
  '411': digits('bill_to', 13),
  '412': digits('purchased_from', 13),
  '414': digits('location', 13),
  '415': digits('pay_to', 13),
  '420': text('ship_to_postal_code', 20),
  '421': text('ship_to_country_and_postal_code', 12),
  '422': digits('country_of_origin', 3),
  '710': text('nhrn_germany', 20),
  '711': text('nhrn_france', 20),
  '712': text('nhrn_spain', 20),
  '713': text('nhrn_brazil', 20),
  '714': text('nhrn_portugal', 20),
  '7003': digits('expires_at', 10),
  '8005': digits('price_per_unit', 6),
  '8008': digits('produced_at', 8, 12),
  '8020': text('payment_slip', 25),
  '90': text('internal', 30),
  ...Object.fromEntries(
    ['91', '92', '93', '94', '95', '96', '97', '98', '99'].map((ai) => [ai, text('company_internal', 90)]),
  ),
}

/** Trade measures, by the first three digits of the identifier; the fourth is the number of decimals. */
const measures: Readonly<Record<string, string>> = {
  310: 'net_weight_kg',
  311: 'length_m',
  312: 'width_m',
  313: 'height_m',
  314: 'area_m2',
  315: 'net_volume_l',
  316: 'net_volume_m3',
  320: 'net_weight_lb',
  330: 'gross_weight_kg',
}

/** Amounts of money, by the first three digits; the fourth is the number of decimals. */
const amounts: Readonly<Record<string, Gs1Field>> = {
  390: digits('amount', 1, 15),
  391: digits('amount_with_currency', 4, 18),
  392: digits('price', 1, 15),
  393: digits('price_with_currency', 4, 18),
}

// Figure 7.8.5-2: element strings that begin so have a length known beforehand and need no separator behind them.
const known = '00 01 02 03 04 11 12 13 14 15 16 17 18 19 20 31 32 33 34 35 36 41'.split(' ')

/** True when no separator follows the value of this identifier. */
export function hasKnownLength(ai: string): boolean {
  return known.includes(ai.slice(0, 2))
}

/** The identifier that a text begins with and what stands behind it. */
export function identifierOf(given: string): { ai: string; field: Gs1Field } | undefined {
  for (const length of [2, 3, 4]) {
    const ai = given.slice(0, length)
    if (ai.length < length) return undefined
    const field = fields[ai] ?? (length === 4 ? withDecimals(ai) : undefined)
    if (field) return { ai, field }
  }
  return undefined
}

function withDecimals(ai: string): Gs1Field | undefined {
  const [group, decimals] = [ai.slice(0, 3), ai.slice(3)]
  if (!/^\d$/.test(decimals)) return undefined
  const title = measures[group]
  if (title !== undefined) return decimals > '5' ? undefined : digits(title, 6)
  return amounts[group]
}
