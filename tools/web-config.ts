import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import type { InlineConfig, Plugin } from 'vite'
import { routeOf } from '../server/platform/operation.ts'
import { registeredOperations } from './reference.ts'

const web = join(import.meta.dirname, '..', 'web')
const shared = { configFile: false, root: web, logLevel: 'warn' } satisfies InlineConfig
const output = { outDir: join(web, 'dist'), target: 'es2023', sourcemap: false }

const components = [
  ...['ActionIcon', 'Avatar', 'Badge', 'CloseButton', 'Group', 'Image', 'Input', 'InputBase', 'Paper', 'Stack', 'Text'],
  ...['TextInput', 'Title', 'UnstyledButton'],
].join('|')
const hooks = ['use-hotkeys', 'use-id', 'use-merged-ref', 'use-uncontrolled'].join('|')
const own = ['confirm', 'format', 'language-menu', 'menu-button', 'tell'].join('|')

/**
 * Small pieces that come together weigh less, and are there sooner: what every page has; what the till has of what most pages
 * have; and what the till reckons with, as some pages do.
 */
const groups = [
  { name: 'app', tags: ['$initial' as const], priority: 1 },
  {
    name: 'usual',
    test: new RegExp(`@mantine/(core/esm/components/(${components})/|hooks/esm/(${hooks}))|/web/ui/(${own})\\.`),
  },
  { name: 'icons', test: /@tabler\/icons-react/, minShareCount: 3 },
  {
    name: 'rules',
    test: /decimal\.js\/|\/server\/(platform|basket|codes|tax)\/|\/web\/sales\/(rules|kept|find-goods)/,
    minShareCount: 2,
  },
]

/** How the web app is built; `build` names the build. */
export function appConfig(build: string): InlineConfig {
  return {
    ...shared,
    plugins: [react(), virtual({ routes: routesOfRegistry(), build })],
    build: {
      ...output,
      emptyOutDir: true,
      manifest: 'files.json',
      chunkSizeWarningLimit: 1_000,
      rolldownOptions: { output: { codeSplitting: { groups } } },
    },
  }
}

/** How its service worker is built: one file at the root, whose name stays and whose text changes with the build. */
export function serviceWorkerConfig(build: string): InlineConfig {
  return {
    ...shared,
    publicDir: false,
    plugins: [virtual({ build })],
    build: {
      ...output,
      emptyOutDir: false,
      rolldownOptions: {
        input: join(web, 'service-worker.ts'),
        output: { format: 'iife', entryFileNames: '[name].js' },
      },
    },
  }
}

/** Modules that hold what is known when the app is built: `virtual:routes`, `virtual:build`. */
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
