import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, test } from 'vitest'

/** What a browser loads for files of the web app: its gzipped bytes, and the modules in it. */
async function bundle(entry: string[]): Promise<{ bytes: number; modules: string[] }> {
  const made = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib: { entry, formats: ['es'] }, minify: true, rolldownOptions: { treeshake: true } },
  })
  const outputs = (Array.isArray(made) ? made : [made]).flatMap((one) => ('output' in one ? one.output : []))
  const chunks = outputs.filter((one) => one.type === 'chunk')
  return {
    bytes: gzipSync(chunks.map(({ code }) => code).join('')).length,
    modules: chunks.flatMap((chunk) => Object.keys(chunk.modules)),
  }
}

test('the rules of a till load in a browser, small, and drag nothing of the server along', async () => {
  const { bytes, modules } = await bundle(['web/sales/rules.ts', 'web/sales/finish-sale.ts'])
  const foreign = modules.filter((path) => /__vite-browser-external|node:|node_modules\/(?!decimal\.js)/.test(path))
  expect(foreign).toEqual([])
  expect(modules.some((path) => path.endsWith('basket/total-basket.ts'))).toBe(true)
  expect(bytes).toBeLessThan(40_000)
}, 60_000)
