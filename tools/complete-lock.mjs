// Completes package-lock.json after a change of dependencies.
//
// A registry mirror may hold no package for platforms that its users do not run; npm then leaves that optional package
// out of the lock, and `npm ci` refuses the lock for lacking it. This adds the missing ones by what their names say
// (@scope/tool-darwin-arm64), without a checksum, which only their publisher can give.
// Usage: npm install <package> && node tools/complete-lock.mjs

import { readFileSync, writeFileSync } from 'node:fs'

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'sunos', 'win32', 'wasi', 'wasm32']
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32']

const path = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
const added = []

for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${place}/node_modules/${name}`
    const hoisted = `node_modules/${name}`
    if (lock.packages[nested] || lock.packages[hoisted]) continue
    lock.packages[hoisted] = entryFor(name, version, Boolean(entry.dev))
    added.push(`${name}@${version}`)
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(added.length === 0 ? 'The lock is complete.\n' : `Added ${added.join(', ')}.\n`)

function entryFor(name, version, dev) {
  const words = name.split(/[/-]/)
  const os = systems.filter((system) => words.includes(system))
  const cpu = processors.filter((processor) => words.includes(processor))
  if (os.length === 0) throw new Error(`${name} names no platform: add it to the lock by hand`)
  const linuxLibc = words.includes('musl') ? ['musl'] : ['glibc']
  const libc = os[0] === 'linux' ? linuxLibc : []
  return {
    version: version.replace(/^[~^]/, ''),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(dev ? { dev: true } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    os,
  }
}
