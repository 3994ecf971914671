/**
 * Loaded into a server before anything else: its clock goes as much ahead of the machine's as the simulation says. The database has
 * the same from `simulation.clock`.
 */
const machine = Date
let ahead = 0

globalThis.Date = new Proxy(machine, {
  construct: (target, given, newTarget) =>
    given.length > 0
      ? Reflect.construct(target, given, newTarget)
      : Reflect.construct(target, [machine.now() + ahead], newTarget),
  get: (target, name) => (name === 'now' ? () => machine.now() + ahead : Reflect.get(target, name)),
})

process.on('message', (milliseconds: number) => {
  ahead = milliseconds
  process.send?.('set')
})
process.channel?.unref()
