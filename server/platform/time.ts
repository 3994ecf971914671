/** The time of the machine. The only place that reads the clock; commands use `context.now`. */
export function now(): Date {
  return new Date()
}

/** The time so many milliseconds after another. */
export function later(time: Date, milliseconds: number): Date {
  return new Date(time.getTime() + milliseconds)
}

const calendars = new Map<string, { readonly format: Intl.DateTimeFormat; time?: number; day: string }>()

/** The day of the calendar (YYYY-MM-DD) that it is at a time in an IANA time zone. */
export function dayIn(timeZone: string, at: Date): string {
  const known = calendars.get(timeZone) ?? {
    format: new Intl.DateTimeFormat('en', {
      timeZone,
      calendar: 'iso8601',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    }),
    day: '',
  }
  if (calendars.size < 1_000) calendars.set(timeZone, known)
  // A batch asks for the day of one moment over and over.
  if (known.time === at.getTime()) return known.day
  const parts = new Map(known.format.formatToParts(at).map(({ type, value }) => [type, value]))
  known.time = at.getTime()
  known.day = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
  return known.day
}

/** The day of the calendar so many days after another, both YYYY-MM-DD. */
export function daysAfter(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}
