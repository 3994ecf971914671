import '@mantine/core/styles.css'
import './ui/letters.css'
import './ui/style.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { CatchBoundary, RouterProvider } from '@tanstack/react-router'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api.ts'
import { keepApp } from './keep-app.ts'
import { tillAlone } from './till-alone.tsx'
import { loadLayers } from './ui/load-layers.ts'
import { Look } from './ui/look.tsx'
import { whenIdle } from './ui/when-idle.ts'

let stand: () => void
const standing = new Promise<void>((resolve) => {
  stand = resolve
})
const Layers = lazy(async () => {
  await standing
  return { default: (await loadLayers()).Layers }
})

keepApp()
void begin()

async function begin() {
  const router = location.pathname === '/till' ? tillAlone() : (await import('./routes.tsx')).router
  const stop = router.subscribe('onRendered', () => {
    stop()
    whenIdle(stand)
  })
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Look>
          <RouterProvider router={router} />
          <CatchBoundary getResetKey={() => 0} errorComponent={() => null}>
            <Suspense>
              <Layers />
            </Suspense>
          </CatchBoundary>
        </Look>
      </QueryClientProvider>
    </StrictMode>,
  )
}
