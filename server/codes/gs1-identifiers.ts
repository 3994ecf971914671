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

/** One field for several identifiers. */
const each = (ais: string, field: (ai: string) => Gs1Field) =>
  Object.fromEntries(ais.split(' ').map((ai) => [ai, field(ai)]))

// GS1 General Specifications, figure 3.2-1. Parts that have a meaning of their own, as a country before a postal code, are
// read together.
const fields: Readonly<Record<string, Gs1Field>> = {
  '00': digits('sscc', 18),
  '01': digits('gtin', 14),
  '02': digits('content', 14),
  '03': digits('made_to_order_gtin', 14),
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
  '235': text('third_party_serial', 28),
  '240': text('additional_id', 30),
  '241': text('customer_part_number', 30),
  '242': digits('made_to_order_variation', 1, 6),
  '243': text('packaging_component', 20),
  '250': text('secondary_serial', 30),
  '251': text('reference_to_source', 30),
  '253': text('document_type', 30),
  '254': text('location_extension', 20),
  '255': digits('coupon', 13, 25),
  '400': text('order_number', 30),
  '401': text('consignment', 30),
  '402': digits('shipment', 17),
  '403': text('routing', 30),
  '410': digits('ship_to', 13),
  '411': digits('bill_to', 13),
  '412': digits('purchased_from', 13),
  '413': digits('ship_for', 13),
  '414': digits('location', 13),
  '415': digits('pay_to', 13),
  '416': digits('production_location', 13),
  '417': digits('party', 13),
  '420': text('ship_to_postal_code', 20),
  '421': text('ship_to_country_and_postal_code', 12),
  '422': digits('country_of_origin', 3),
  '423': digits('countries_of_initial_processing', 3, 15),
  '424': digits('country_of_processing', 3),
  '425': digits('countries_of_disassembly', 3, 15),
  '426': digits('country_of_full_processing', 3),
  '427': text('subdivision_of_origin', 3),
  '4300': text('ship_to_company', 35),
  '4301': text('ship_to_contact', 35),
  ...each('4302 4303', () => text('ship_to_address', 70)),
  ...each('4304 4305 4306', () => text('ship_to_place', 70)),
  '4307': text('ship_to_country', 2),
  '4308': text('ship_to_telephone', 30),
  '4309': digits('ship_to_coordinates', 20),
  '4310': text('return_to_company', 35),
  '4311': text('return_to_contact', 35),
  ...each('4312 4313', () => text('return_to_address', 70)),
  ...each('4314 4315 4316', () => text('return_to_place', 70)),
  '4317': text('return_to_country', 2),
  '4318': text('return_to_postal_code', 20),
  '4319': text('return_to_telephone', 30),
  '4320': text('service', 35),
  '4321': digits('is_dangerous', 1),
  '4322': digits('may_be_left', 1),
  '4323': digits('needs_signature', 1),
  '4324': digits('deliver_not_before', 10),
  '4325': digits('deliver_not_after', 10),
  '4326': digits('released_on', 6),
  ...each('4330 4331 4332 4333', (ai) =>
    text(['highest_f', 'highest_c', 'lowest_f', 'lowest_c'][digitAt(ai, 3)] ?? '', 7),
  ),
  '7001': digits('nato_stock_number', 13),
  '7002': text('cut_of_meat', 30),
  '7003': digits('expires_at', 10),
  '7004': digits('active_potency', 1, 4),
  '7005': text('catch_area', 12),
  '7006': digits('first_frozen_on', 6),
  '7007': digits('harvested_on', 6, 12),
  '7008': text('species', 3),
  '7009': text('fishing_gear', 10),
  '7010': text('production_method', 2),
  '7011': digits('test_by', 6, 10),
  '7020': text('refurbishment_lot', 20),
  '7021': text('functional_status', 20),
  '7022': text('revision_status', 20),
  '7023': text('assembly', 30),
  ...each('7030 7031 7032 7033 7034 7035 7036 7037 7038 7039', () => text('processor', 30)),
  '7040': text('unique_id_with_extension', 4),
  '7041': text('freight_unit_type', 4),
  '710': text('nhrn_germany', 20),
  '711': text('nhrn_france', 20),
  '712': text('nhrn_spain', 20),
  '713': text('nhrn_brazil', 20),
  '714': text('nhrn_portugal', 20),
  '715': text('nhrn_united_states', 20),
  '716': text('nhrn_italy', 20),
  '717': text('nhrn_costa_rica', 20),
  ...each('7230 7231 7232 7233 7234 7235 7236 7237 7238 7239', () => text('certification', 30)),
  '7240': text('protocol', 20),
  '7241': digits('media_type', 2),
  '7242': text('version_control', 25),
  '7250': digits('born_on', 8),
  '7251': digits('born_at', 12),
  '7252': digits('biological_sex', 1),
  ...each('7253 7254', () => text('name_of_person', 40)),
  '7255': text('name_suffix', 10),
  '7256': text('full_name', 90),
  '7257': text('address_of_person', 70),
  '7258': text('birth_sequence', 3),
  '7259': text('baby_of', 40),
  '8001': digits('roll', 14),
  '8002': text('mobile_telephone', 20),
  '8003': text('returnable_asset', 30),
  '8004': text('individual_asset', 30),
  '8005': digits('price_per_unit', 6),
  '8006': digits('piece_of_trade_item', 18),
  '8007': text('iban', 34),
  '8008': digits('produced_at', 8, 12),
  '8009': text('sensor', 50),
  '8010': text('component', 30),
  '8011': digits('component_serial', 1, 12),
  '8012': text('software_version', 20),
  '8013': text('global_model', 30),
  '8014': text('medical_device', 25),
  '8017': digits('service_provider', 18),
  '8018': digits('service_recipient', 18),
  '8019': digits('service_instance', 1, 10),
  '8020': text('payment_slip', 25),
  '8026': digits('piece_of_content', 18),
  '8030': text('digital_signature', 90),
  '8110': text('coupon_of_north_america', 70),
  '8111': digits('loyalty_points', 4),
  '8112': text('paperless_coupon', 70),
  '8200': text('product_url', 70),
  '90': text('internal', 30),
  ...each('91 92 93 94 95 96 97 98 99', () => text('company_internal', 90)),
}

/** What an identifier is that the table does not hold: kept, and not understood. */
export const unknownField = text('unknown', 90)

/** Measures, by the first three digits of the identifier; the fourth is the number of decimals. Those that come first are of trade. */
const measures: Readonly<Record<string, string>> = {
  ...named(310, 'net_weight_kg length_m width_m height_m area_m2 net_volume_l net_volume_m3'),
  ...named(320, 'net_weight_lb length_in length_ft length_yd width_in width_ft width_yd height_in height_ft height_yd'),
  ...named(
    330,
    'gross_weight_kg gross_length_m gross_width_m gross_height_m gross_area_m2 gross_volume_l gross_volume_m3',
  ),
  ...named(337, 'kg_per_m2'),
  ...named(
    340,
    'gross_weight_lb gross_length_in gross_length_ft gross_length_yd gross_width_in gross_width_ft gross_width_yd',
  ),
  ...named(347, 'gross_height_in gross_height_ft gross_height_yd'),
  ...named(
    350,
    'area_in2 area_ft2 area_yd2 gross_area_in2 gross_area_ft2 gross_area_yd2 net_weight_oz_troy net_weight_oz',
  ),
  ...named(
    360,
    'net_volume_qt net_volume_gal gross_volume_qt gross_volume_gal net_volume_in3 net_volume_ft3 net_volume_yd3',
  ),
  ...named(367, 'gross_volume_in3 gross_volume_ft3 gross_volume_yd3'),
}

/** Amounts of money, by the first three digits; the fourth is the number of decimals. */
const amounts: Readonly<Record<string, Gs1Field>> = {
  390: digits('amount', 1, 15),
  391: digits('amount_with_currency', 4, 18),
  392: digits('price', 1, 15),
  393: digits('price_with_currency', 4, 18),
  394: digits('percent_off', 4),
  395: digits('amount_per_unit', 6),
}

function named(first: number, titles: string): Record<string, string> {
  return Object.fromEntries(titles.split(' ').map((title, at) => [String(first + at), title]))
}

function digitAt(ai: string, at: number): number {
  return ai.charCodeAt(at) - 48
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
