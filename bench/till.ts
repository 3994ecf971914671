import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { checked } from '../tests/harness/catalog.ts'
import { tillPin } from '../tests/harness/web-till.ts'
import { openCounter } from './fill.ts'
import { quantileOf } from './measure.ts'
import type { Result } from './report.ts'
import { openShops, type Shop } from './shops.ts'
import type { Ask, Benchmark, Stage } from './stage.ts'
import type { TillAnswer, TillQuestion } from './till-loop.ts'

/** How many products the devices have. */
const sizes = [1_000, 50_000]
/** Of a short run there is one, which is warmed up by nothing. */
const roundsOf = (seconds: number) => (seconds < 1 ? [1] : [0, 1, 2, 3])
const linesOfRound = 50
/** What the till is to hold: milliseconds for a line, bytes of JavaScript. */
const bounds = { line: 50, bytes: 250_000 }
const number = new Intl.NumberFormat('en')
const plain = { reference: null, ratio: null }

interface Device {
  readonly name: string
  readonly codes: readonly string[]
  /** Seconds that it took to fetch what it sells. */
  readonly fetched: number
  /** Milliseconds, in each round. */
  readonly lines: number[][]
  readonly cold: number[]
  readonly warm: number[]
}

/** How long whoever is at a till in a browser waits for it, and what it loads. */
export const tillBenchmark: Benchmark = {
  async run(stage, { seconds, note }) {
    // A short run has fewer products.
    const share = Math.min(1, seconds / 10)
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants: sizes.length, sessions: sizes.length })
    const ask = stage.start<TillQuestion, TillAnswer>('till-loop.ts')
    const devices: Device[] = []
    for (const [at, size] of sizes.entries()) {
      const products = Math.ceil(size * share)
      note(`A till with ${number.format(products)} products …`)
      const shop = { shop: shops[at]!, cookie: cookies[at]!, products }
      devices.push(await openDevice({ stage, url, ask }, shop))
    }
    const rounds = roundsOf(seconds)
    for (const round of rounds) {
      note(round === 0 ? 'Warming up …' : `Round ${round} of ${rounds.at(-1)} …`)
      for (const device of devices) await measureDevice(ask, device, { seconds: seconds / rounds.length, round })
    }
    const [bytes = Number.NaN] = await ask({ do: 'count', device: devices[0]!.name })
    return resultsOf(devices, bytes)
  },
}

/** A shop with so many products, each with a price, stock and a code, and a browser that is its till. */
async function openDevice(
  { stage, url, ask }: { stage: Stage; url: string; ask: Ask<TillQuestion, TillAnswer> },
  { shop, cookie, products }: { shop: Shop; cookie: string; products: number },
): Promise<Device> {
  const client = createClient<Operations>({ url, headers: { cookie } })
  await client.call('tenants.switch-tenant', { tenant_id: shop.tenantId })
  await openCounter(stage, url, { shop, cookie, tills: 0, goods: products })
  const codes = Array.from({ length: products }, (_, at) => checked(`611${String(at).padStart(9, '0')}`))
  await stage.query(
    'comptoir',
    `INSERT INTO catalog.barcode (tenant_id, id, variant_id, kind, code, key)
     SELECT v.tenant_id, gen_random_uuid(), v.id, 'ean_13', given.code, '0' || given.code
     FROM (SELECT *, row_number() OVER () AS at FROM catalog.variant WHERE tenant_id = '${shop.tenantId}') v
     JOIN jsonb_array_elements_text('${JSON.stringify(codes)}') WITH ORDINALITY AS given (code, at) ON given.at = v.at`,
  )
  await stage.query('comptoir', 'VACUUM ANALYZE')
  await client.call('tenants.set-till-pin', { pin: tillPin })
  await client.call('registers.create-register', { branch_id: shop.branch.id, code: 'R1', name: 'Bench' })
  const name = `${number.format(products)} products`
  const [took = Number.NaN] = await ask({ do: 'set up', url, cookie, device: name })
  return { name, codes, fetched: took / 1000, lines: [], cold: [], warm: [] }
}

/** The first round only warms up. */
async function measureDevice(
  ask: Ask<TillQuestion, TillAnswer>,
  { name: device, codes, lines, cold, warm }: Device,
  { seconds, round }: { seconds: number; round: number },
): Promise<void> {
  const chosen = Array.from({ length: linesOfRound }, (_, at) => codes[(round * 7919 + at * 997) % codes.length]!)
  const times = {
    lines: await ask({ do: 'add', device, codes: [...new Set(chosen)], seconds }),
    warm: await ask({ do: 'start', device, isCold: false }),
    cold: await ask({ do: 'start', device, isCold: true }),
  }
  if (round === 0) return
  lines.push([...times.lines])
  warm.push(...times.warm)
  cold.push(...times.cold)
}

function resultsOf(devices: readonly Device[], bytes: number): Result[] {
  const [fewest, ...others] = devices.map((device) => ({ device, of: figuresOf(device) }))
  const compared = others.flatMap(({ device, of }) => [
    ...Object.entries(of).map(([what, value]) => {
      const reference = `${what}, ${fewest!.device.name}`
      const ratio = value / fewest!.of[what as keyof typeof of]
      return { name: `${what}, ${device.name} vs ${fewest!.device.name}`, value, unit: 'ms', reference, ratio }
    }),
    against(`line p95, ${device.name}`, of['line p95'], { name: 'bound of a line', value: bounds.line, unit: 'ms' }),
  ])
  return [
    { name: 'bound of a line', value: bounds.line, unit: 'ms', ...plain },
    { name: 'bound of the first load', value: bounds.bytes, unit: 'bytes', ...plain },
    against('first load', bytes, { name: 'bound of the first load', value: bounds.bytes, unit: 'bytes' }),
    ...Object.entries(fewest!.of).map(([what, value]) => {
      return { name: `${what}, ${fewest!.device.name}`, value, unit: 'ms', ...plain }
    }),
    ...compared,
    ...devices.map(({ name, fetched }) => ({ name: `fetching ${name}`, value: fetched, unit: 's', ...plain })),
  ]
}

function against(name: string, value: number, bound: { name: string; value: number; unit: string }): Result {
  const { unit, name: reference } = bound
  return { name: `${name} vs the bound`, value, unit, reference, ratio: value / bound.value }
}

/** The median of the rounds. */
function figuresOf({ lines, cold, warm }: Device) {
  const middle = (values: readonly number[], part = 0.5) => quantileOf(Float64Array.from(values).sort(), part)
  return {
    'line p50': middle(lines.map((one) => middle(one))),
    'line p95': middle(lines.map((one) => middle(one, 0.95))),
    'cold start': middle(cold),
    'warm start': middle(warm),
  }
}
