/** The time of the machine. The only place that reads the clock; commands use `context.now`. */
export function now(): Date {
  return new Date()
}

/** The time so many milliseconds after another. */
export function later(time: Date, milliseconds: number): Date {
  return new Date(time.getTime() + milliseconds)
}

const calendars = new Map<string, Intl.DateTimeFormat>()

/** The day of the calendar (YYYY-MM-DD) that it is at a time in an IANA time zone. */
export function dayIn(timeZone: string, at: Date): string {
  const calendar =
    calendars.get(timeZone) ??
    new Intl.DateTimeFormat('en', { timeZone, calendar: 'iso8601', year: 'numeric', month: '2-digit', day: '2-digit' })
  if (calendars.size < 1_000) calendars.set(timeZone, calendar)
  const parts = new Map(calendar.formatToParts(at).map(({ type, value }) => [type, value]))
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
}

/** The day of the calendar so many days after another, both YYYY-MM-DD. */
export function daysAfter(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}
