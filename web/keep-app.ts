type Listener = () => void

const listeners = new Set<Listener>()
let registered: ServiceWorkerRegistration | undefined
let waiting: ServiceWorker | undefined

/** Keeps the app on this device, so that it starts without network, and notices a newer one. */
export function keepApp(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  let isControlled = navigator.serviceWorker.controller !== null
  // Another tab went on with a newer app: the files of this one are gone.
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (isControlled) location.reload()
    isControlled = true
  })
  // A browser that keeps nothing, as a private window, refuses: the app then works as long as the server answers.
  void navigator.serviceWorker.register('/service-worker.js').then(watch, () => undefined)
}

/** Notices when a newer app waits. Where service workers are shut off, there is nothing to watch. */
function watch(registration?: ServiceWorkerRegistration): void {
  if (!registration) return
  registered = registration
  const notice = () => {
    if (!registration.waiting || !navigator.serviceWorker.controller) return
    waiting = registration.waiting
    for (const listener of listeners) listener()
  }
  notice()
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', notice)
  })
}

/** Asks whether the server has a newer app: a till may stay open for days, and the server that answers again may be another one. */
export function lookForNewerApp(): void {
  void registered?.update().catch(() => undefined)
}

/** True when a newer app waits on this device for this one to end. */
export const isNewerAppWaiting = () => waiting !== undefined

/** Calls back when that changes; answers how to stop it. */
export function onNewerApp(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Goes on with the newer app: this page is loaded anew. What the device holds stays. */
export function changeToNewerApp(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting?.postMessage('take-over')
}
