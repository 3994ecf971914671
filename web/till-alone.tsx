import { createRoute, createRouter } from '@tanstack/react-router'
import { rootRoute, routing, tillRoute } from './frame.tsx'

/** The addresses of a browser that begins at the till: it does not load what the rest of the app is made of. */
export function tillAlone() {
  const root = rootRoute()
  // All other addresses are of the whole app, which is loaded for them.
  const elsewhere = createRoute({
    getParentRoute: () => root,
    path: '$',
    beforeLoad: async ({ location: wanted, preload }) => {
      if (preload) return
      location.assign(wanted.href)
      await new Promise(() => {})
    },
  })
  return createRouter({ routeTree: root.addChildren([tillRoute(root), elsewhere]), ...routing })
}
