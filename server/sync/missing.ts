/** Whole numbers from first to last. */
export interface Range {
  readonly first: number
  readonly last: number
}

/** The numbers after the head that are not among the slips, up to the largest of them. */
export function missingFrom(head: number, slips: readonly { readonly sequence: number }[]): Range[] {
  const ranges: Range[] = []
  let next = head + 1
  for (const sequence of slips.map((slip) => slip.sequence).toSorted((one, other) => one - other)) {
    if (sequence < next) continue
    if (sequence > next) ranges.push({ first: next, last: sequence - 1 })
    next = sequence + 1
  }
  return ranges
}

/** `11, 13 to 17`. */
export function textOfRanges(ranges: readonly Range[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`)).join(', ')
}
