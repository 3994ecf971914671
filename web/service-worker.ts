import { workerBuild as build } from 'virtual:workerBuild'

/** What Vite says it wrote: each source with the files made of it. */
type Manifest = Record<string, { file: string; css?: string[]; assets?: string[] }>

const worker = self as unknown as ServiceWorkerGlobalScope
const cacheName = `comptoir-${build}`
const page = '/'
const beside = [page, '/icon.svg', '/manifest.webmanifest']
/** Addresses that the server answers itself, not the app. */
const ofServer = /^\/(v1|docs|pages|metrics|healthz|livez|readyz|reset-password|verify-email|invitation)(\/|$)/

worker.addEventListener('install', (event) => event.waitUntil(keepFiles()))
worker.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => worker.clients.claim())))
worker.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void worker.skipWaiting()
})
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin || ofServer.test(url.pathname)) return
  event.respondWith(answer(event.request, event.request.mode === 'navigate' ? page : url.pathname))
})

/** All files of this build, or none: a page never meets files of another build. */
async function keepFiles() {
  const manifest = (await (await fetch('/files.json', { cache: 'no-store' })).json()) as Manifest
  const files = Object.values(manifest).flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets])
  const own = files.filter((file) => !file.endsWith('service-worker.js')).map((file) => `/${file}`)
  const cache = await caches.open(cacheName)
  await cache.addAll([...new Set([...beside, ...own])])
}

async function forgetOthers() {
  for (const name of await caches.keys())
    if (name.startsWith('comptoir-') && name !== cacheName) await caches.delete(name)
}

async function answer(request: Request, path: string): Promise<Response> {
  const kept = await (await caches.open(cacheName)).match(path)
  return kept ?? fetch(request)
}
