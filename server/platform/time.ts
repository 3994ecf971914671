/** The time of the machine. The only place that reads the clock; commands use `context.now`. */
export function now(): Date {
  return new Date()
}

/** The time so many milliseconds after another. */
export function later(time: Date, milliseconds: number): Date {
  return new Date(time.getTime() + milliseconds)
}
