import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import type { InlineConfig, Plugin } from 'vite'
import { routeOf } from '../server/platform/operation.ts'
import { registeredOperations } from './reference.ts'

const web = join(import.meta.dirname, '..', 'web')

/** How the web app is built; `build` names the build. */
export function webConfig(build: string): InlineConfig {
  return {
    configFile: false,
    root: web,
    logLevel: 'warn',
    plugins: [react(), virtual({ routes: routesOfRegistry(), build, workerBuild: build })],
    build: {
      outDir: join(web, 'dist'),
      emptyOutDir: true,
      target: 'es2023',
      sourcemap: false,
      chunkSizeWarningLimit: 1_000,
      manifest: 'files.json',
      rolldownOptions: {
        input: [join(web, 'index.html'), join(web, 'service-worker.ts')],
        output: {
          entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
        },
      },
    },
  }
}

/**
 * Modules that hold what is known when the app is built. The service worker has one of its own: what it shared with the app would
 * be a file that it imports, which a worker that is no module cannot.
 */
function virtual(values: Record<string, unknown>): Plugin {
  return {
    name: 'comptoir-virtual',
    resolveId: (id) => (id.startsWith('virtual:') ? `\0${id}` : undefined),
    load(id) {
      const name = id.replace('\0virtual:', '')
      return id.startsWith('\0virtual:') ? `export const ${name} = ${JSON.stringify(values[name])}` : undefined
    },
  }
}

function routesOfRegistry() {
  return registeredOperations().map((operation) => {
    const { method, path } = routeOf(operation)
    return { name: operation.name, method, path }
  })
}
