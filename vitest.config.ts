import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tests/harness/sequencer.ts'

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['tests/harness/global-setup.ts'],
    pool: 'forks',
    // Node runs the tests as it runs the product, and keeps what it compiled for the next of the two hundred files.
    experimental: { viteModuleRunner: false },
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
    // The product is loaded once for each worker, not for each file: a second and a half of every one.
    isolate: false,
    execArgv: ['--min-semi-space-size=32', '--max-semi-space-size=64'],
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
