/** Stock as a plain program would keep it. Quantities are whole pieces. */
export interface StockModel {
  readonly batches: ModelBatch[]
  /** What lies in each place, by `placeOf`. */
  readonly onHand: Map<string, number>
  readonly kept: Kept[]
  readonly log: { readonly place: string; readonly quantity: number; readonly day: string }[]
}

export interface ModelBatch {
  readonly id: string
  readonly variant: string
  expiresOn: string | null
  isExpired: boolean
  isBlocked: boolean
}

/** What is kept for an order or in quarantine. */
export interface Kept {
  readonly id: string
  readonly kind: 'order' | 'quarantine'
  readonly branch: string
  /** Its time is over. */
  isOver: boolean
  readonly lines: { readonly variant: string; readonly batch: string | null; open: number }[]
}

export interface Part {
  readonly variant: string
  readonly batch: string | null
  readonly quantity: number
}

export type Judged = { readonly code: string } | { readonly parts: readonly Part[] }

export interface Wanted {
  readonly branch: string
  readonly variant: string
  readonly batch: string | null | 'fefo'
  readonly quantity: number
  readonly isBelowAllowed: boolean
  /** 'sellable': no batch that is blocked or expired. 'chosen': only those that are named may be. 'any': whatever. */
  readonly from: 'sellable' | 'chosen' | 'any'
}

/** Names where stock lies. */
export function placeOf(branch: string, variant: string, batch: string | null): string {
  return `${branch} ${variant} ${batch ?? '-'}`
}

/** What of a line of a reservation still counts. */
export function openOf(model: StockModel, kept: Kept, line: Kept['lines'][number]): number {
  const isStale = kept.isOver || model.batches.some((batch) => batch.id === line.batch && batch.isExpired)
  return kept.kind === 'order' && isStale ? 0 : line.open
}

/** What is kept in a place. */
export function reservedAt(model: StockModel, place: string): number {
  return model.kept
    .flatMap((kept) =>
      kept.lines
        .filter((line) => placeOf(kept.branch, line.variant, line.batch) === place)
        .map((line) => openOf(model, kept, line)),
    )
    .reduce((sum, open) => sum + open, 0)
}

/** What of a place is free. */
function availableAt(model: StockModel, place: string): number {
  return (model.onHand.get(place) ?? 0) - reservedAt(model, place)
}

/** What would be taken of which batch, or why nothing is. Changes nothing. */
export function judge(model: StockModel, wanted: Wanted): Judged {
  const { branch, variant, batch, quantity, isBelowAllowed, from } = wanted
  const free = (id: string | null) => Math.max(0, availableAt(model, placeOf(branch, variant, id)))
  if (batch !== 'fefo') {
    const known = model.batches.find(({ id }) => id === batch)
    if (from === 'sellable' && known?.isBlocked) return { code: 'batch_blocked' }
    if (from === 'sellable' && known?.isExpired) return { code: 'batch_expired' }
    return free(batch) < quantity && !isBelowAllowed
      ? { code: 'insufficient_stock' }
      : { parts: [{ variant, batch, quantity }] }
  }
  const parts: Part[] = []
  let missing = quantity
  for (const id of inOrderOfExpiry(model, variant, from === 'any')) {
    const taken = Math.min(free(id), missing)
    if (taken > 0) parts.push({ variant, batch: id, quantity: taken })
    missing -= taken
  }
  if (missing > 0 && !isBelowAllowed) return { code: 'insufficient_stock' }
  return { parts: missing > 0 ? [...parts, { variant, batch: null, quantity: missing }] : parts }
}

/** Adds to what lies in a place, or takes from it. */
export function move(model: StockModel, branch: string, part: Part, day: string): void {
  const place = placeOf(branch, part.variant, part.batch)
  model.onHand.set(place, (model.onHand.get(place) ?? 0) + part.quantity)
  model.log.push({ place, quantity: part.quantity, day })
}

/** What lay in each place at the end of a day, replayed from the start. */
export function replay(model: StockModel, day: string): Map<string, number> {
  const places = new Map<string, number>()
  for (const one of model.log.filter((entry) => entry.day <= day))
    places.set(one.place, (places.get(one.place) ?? 0) + one.quantity)
  return places
}

/** Why a reservation is not ended, or what of it is: all of it, or so much of its first line. */
export function judgeEnd(model: StockModel, kept: Kept, quantity: number | null): Judged {
  const open = kept.lines.map((line) => openOf(model, kept, line))
  const [first = 0] = open
  if (quantity === null ? open.every((one) => one === 0) : first === 0) return { code: 'reservation_over' }
  if (quantity !== null && quantity > first) return { code: 'more_than_reserved' }
  const lines = kept.lines.map(({ variant, batch }, at) => ({ variant, batch, quantity: open[at] ?? 0 }))
  const freed = quantity === null ? lines : lines.slice(0, 1).map((line) => ({ ...line, quantity }))
  return { parts: freed.filter((line) => line.quantity > 0) }
}

/** Ends what of a reservation was freed. */
export function end(kept: Kept, freed: readonly Part[]): void {
  let at = 0
  for (const line of kept.lines) {
    const part = freed[at]
    if (part?.variant !== line.variant || part.batch !== line.batch || line.open < part.quantity) continue
    line.open -= part.quantity
    at += 1
  }
}

function inOrderOfExpiry(model: StockModel, variant: string, isAny: boolean): (string | null)[] {
  const loose = { id: '', expiresOn: null, isBlocked: false, isExpired: false }
  return [loose, ...model.batches.filter((batch) => batch.variant === variant)]
    .filter((batch) => isAny || !(batch.isBlocked || batch.isExpired))
    .toSorted((a, b) => {
      const [one, other] = [`${a.expiresOn ?? '9999-12-31'} ${a.id}`, `${b.expiresOn ?? '9999-12-31'} ${b.id}`]
      return one < other ? -1 : 1
    })
    .map(({ id }) => (id === '' ? null : id))
}
