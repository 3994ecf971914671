import { Anchor, Center, Stack, Text, Title } from '@mantine/core'
import {
  createRootRoute,
  createRoute,
  type ErrorComponentProps,
  Link,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { readMe, readWorkplace } from './identity/session.ts'
import { useCommonWords } from './ui/common-words.ts'
import { Pending } from './ui/page.tsx'

type Root = ReturnType<typeof rootRoute>

/** What all addresses are below. */
export function rootRoute() {
  return createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Failed })
}

/** The till stands alone: it starts and sells without a session of the server, for its device is known. */
export function tillRoute(root: Root) {
  return createRoute({
    getParentRoute: () => root,
    path: '/till',
    beforeLoad: async ({ location }) => {
      if (await isTill()) return
      if ((await readMe()) === null) throw redirect({ to: '/sign-in', search: { to: location.href } })
      if ((await readWorkplace()) === null) throw redirect({ to: '/no-place' })
    },
    component: lazyRouteComponent(() => import('./till/till.tsx'), 'Till'),
  })
}

/** How every router of the app is set. */
export const routing = {
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Pending error={undefined} />,
} as const

/** Whether this browser is a till. The store is loaded only where it may be one. */
async function isTill(): Promise<boolean> {
  const { readFact } = await import('./till/store.ts')
  return (await readFact('device')) !== undefined
}

function NotFound() {
  const t = useCommonWords()
  return (
    <Center mih="60vh">
      <Stack align="center">
        <Title order={1} size="h3">
          404
        </Title>
        <Text>{t('notFound')}</Text>
        <Anchor renderRoot={(props) => <Link to="/" {...props} />}>{t('back')}</Anchor>
      </Stack>
    </Center>
  )
}

function Failed({ error, reset }: ErrorComponentProps) {
  return <Pending error={error} retry={reset} />
}
