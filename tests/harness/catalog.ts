import { checkDigitOf } from '../../server/codes/index.ts'
import type { TestOwner } from './server.ts'

let made = 0

/** Digits as a scale prints them, with their check digit. */
export function printed(digits: string): string {
  return `${digits}${checkDigitOf(digits)}`
}

/** An EAN-13 that no other test of this process has. */
export function freshEan(): string {
  const digits = `611${String(process.pid % 10_000).padStart(4, '0')}${String(++made).padStart(5, '0')}`
  return checked(digits)
}

/** Digits with the digit that checks them. */
export function checked(digits: string): string {
  return `${digits}${checkDigitOf(digits)}`
}

const units = new WeakMap<object, Promise<ReadonlyMap<string, string>>>()
const taxClasses = new WeakMap<object, Promise<ReadonlyMap<string, string>>>()

/** The id of a unit that every tenant begins with. */
export async function unitOf({ client }: Pick<TestOwner, 'client'>, code: string): Promise<string> {
  const known = units.get(client) ?? idsByCode(client.call('catalog.list-units', { limit: 200 }))
  units.set(client, known)
  return (await known).get(code) ?? ''
}

/** The id of a tax class that every tenant begins with. */
export async function taxClassOf({ client }: Pick<TestOwner, 'client'>, code = 'standard'): Promise<string> {
  const known = taxClasses.get(client) ?? idsByCode(client.call('tax.list-classes', { limit: 200 }))
  taxClasses.set(client, known)
  return (await known).get(code) ?? ''
}

async function idsByCode(listed: Promise<{ items: { code: string; id: string }[] }>) {
  return new Map((await listed).items.map(({ code, id }) => [code, id]))
}

interface Wanted {
  readonly name?: string
  readonly kind?: 'stocked' | 'service' | 'kit'
  readonly unit?: string
  readonly labels?: { locale: string; name: string }[]
  readonly category_id?: string
  readonly is_expiry_tracked?: boolean
  readonly is_prescription_only?: boolean
  readonly is_sellable?: boolean
  readonly variants?: {
    sku?: string
    allows_negative_stock?: boolean
    options?: { name: string; value: string }[]
    barcodes?: string[]
  }[]
}

/** Makes a product, by the piece unless a unit is given. */
export async function makeProduct(owner: Pick<TestOwner, 'client'>, { unit = 'piece', ...wanted }: Wanted = {}) {
  const product = await owner.client.call('catalog.create-product', {
    name: `Product ${++made}`,
    kind: 'stocked',
    unit_id: await unitOf(owner, unit),
    tax_class_id: await taxClassOf(owner),
    ...wanted,
  })
  const [first] = product.variants
  if (!first) throw new Error('a product has a variant')
  return { ...product, variant: first }
}
