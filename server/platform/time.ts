/** The time of the machine. The only place that reads the clock; commands use `context.now`. */
export function now(): Date {
  return new Date()
}
