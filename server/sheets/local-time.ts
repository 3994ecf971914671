const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, number>()
const mostKnown = 10_000
const minute = 60_000
const day = 86_400_000

/**
 * The moment that clocks of an IANA time zone show as `local` (YYYY-MM-DDTHH:MM:SS), in UTC; the earlier one where they show it
 * twice, undefined where they skip it.
 */
export function momentIn(timeZone: string, local: string): string | undefined {
  // Clocks change at full quarters of an hour.
  const quarter = `${timeZone} ${local.slice(0, 14)}${Math.floor(+local.slice(14, 16) / 15)}`
  const shown = Date.parse(`${local}Z`)
  const offset = offsets.get(quarter) ?? offsetAt(timeZone, shown)
  if (offset === undefined) return undefined
  if (offsets.size === mostKnown) offsets.clear()
  offsets.set(quarter, offset)
  return new Date(shown - offset).toISOString()
}

/** How far the clocks are ahead of UTC, in milliseconds, when they show this. */
function offsetAt(timeZone: string, shown: number): number | undefined {
  const candidates = [offsetOf(timeZone, shown - day), offsetOf(timeZone, shown + day)]
  return candidates.find((offset) => offsetOf(timeZone, shown - offset) === offset)
}

function offsetOf(timeZone: string, at: number): number {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  formats.set(timeZone, format)
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (+hours * 60 + +minutes) * minute
}
