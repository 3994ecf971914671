import { Tabs } from '@mantine/core'
import { useNavigate, useRouterState } from '@tanstack/react-router'

/** Pages that belong together, side by side: each is an address of its own. */
export function LinkTabs({ label, pages }: { label: string; pages: readonly { to: string; name: string }[] }) {
  const navigate = useNavigate()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  if (pages.length < 2) return null
  return (
    <Tabs value={path} onChange={(to) => to && void navigate({ to })} activateTabWithKeyboard={false}>
      <Tabs.List aria-label={label}>
        {pages.map(({ to, name }) => (
          <Tabs.Tab key={to} value={to}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  )
}
