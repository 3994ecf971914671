import {
  ActionIcon,
  AppShell,
  Avatar,
  Burger,
  Group,
  Menu,
  NavLink,
  ScrollArea,
  Select,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Spotlight, spotlight } from '@mantine/spotlight'
import '@mantine/spotlight/styles.css'
import { IconLogout, IconMoon, IconSearch, IconSun, IconUserCircle } from '@tabler/icons-react'
import { Link, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { call, useRead } from './api.ts'
import { Gate } from './gate.tsx'
import { endSession, tellOtherTabs, useBranches, useMe, useWorkplace } from './identity/session.ts'
import { places, useMayGo, useNavigationWords } from './navigation.ts'
import { LanguageMenu } from './ui/language-menu.tsx'
import { tell } from './ui/tell.tsx'
import { defineWords } from './ui/words.ts'
import { useEvents } from './use-events.ts'

const useWords = defineWords('shell', {
  menu: ['Menu', 'Menu', 'القائمة'],
  skip: ['Go to the content', 'Aller au contenu', 'انتقل إلى المحتوى'],
  tenant: ['Business', 'Entreprise', 'المنشأة'],
  branch: ['Branch', 'Point de vente', 'الفرع'],
  dark: ['Dark', 'Sombre', 'داكن'],
  light: ['Light', 'Clair', 'فاتح'],
  signOut: ['Sign out', 'Se déconnecter', 'تسجيل الخروج'],
  search: ['Go to… (Ctrl + K)', 'Aller à… (Ctrl + K)', 'انتقل إلى… (Ctrl + K)'],
  searchHere: ['Where to?', 'Aller où ?', 'إلى أين؟'],
  nothing: ['No such place', 'Aucun résultat', 'لا نتائج'],
})

/** What stands around every page but the till: menu, switchers, palette, account. */
export function Shell() {
  useEvents(useWorkplace().tenant.id)
  const [opened, { toggle, close }] = useDisclosure()
  const t = useWords()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu
  useEffect(close, [path])
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
      withBorder
    >
      <a className="skip" href="#content">
        {t('skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('menu')} />
            <TenantSwitch />
            <BranchSwitch />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Tooltip label={t('search')}>
              <ActionIcon variant="default" size="lg" onClick={spotlight.open} aria-label={t('search')}>
                <IconSearch size={18} />
              </ActionIcon>
            </Tooltip>
            <LanguageMenu />
            <SchemeSwitch />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('menu')}>
        <AppShell.Section grow component={ScrollArea}>
          <Places />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content">
        <Gate />
      </AppShell.Main>
      <Palette />
    </AppShell>
  )
}

function usePlaces() {
  return places.filter(useMayGo())
}

function Places() {
  const t = useNavigationWords()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  return usePlaces().map(({ to, word, icon: Icon }) => (
    <NavLink
      key={to}
      renderRoot={(props) => <Link to={to} {...props} />}
      label={t(word)}
      leftSection={<Icon size={20} stroke={1.6} />}
      active={to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)}
      variant="light"
    />
  ))
}

function TenantSwitch() {
  const t = useWords()
  const { tenant, device_id } = useWorkplace()
  // Whoever came in by PIN works at this till, and nowhere else.
  const { data } = useRead('tenants.list-tenants', {}, { staleTime: 300_000, enabled: device_id === null })
  const others = data?.items ?? []
  if (others.length < 2) {
    return (
      <Text fw={650} truncate visibleFrom="sm">
        {tenant.legal_name}
      </Text>
    )
  }
  return (
    <Select
      aria-label={t('tenant')}
      data={others.map(({ id, legal_name }) => ({ value: id, label: legal_name }))}
      value={tenant.id}
      allowDeselect={false}
      onChange={(id) => id && void moveTo(id)}
      w={190}
      searchable
    />
  )
}

/** Every page is about one tenant, so all of it begins anew. */
async function moveTo(tenantId: string) {
  try {
    await call('tenants.switch-tenant', { tenant_id: tenantId })
    tellOtherTabs()
    location.assign('/')
  } catch (error) {
    tell(error)
  }
}

function BranchSwitch() {
  const t = useWords()
  const { branches, branch, choose } = useBranches()
  if (branches.length === 0) return null
  return (
    <Select
      aria-label={t('branch')}
      data={branches.map(({ id, name }) => ({ value: id, label: name }))}
      value={branch?.id ?? null}
      allowDeselect={false}
      onChange={(id) => id && choose(id)}
      w={190}
      searchable={branches.length > 8}
    />
  )
}

function SchemeSwitch() {
  const t = useWords()
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  const label = t(isDark ? 'light' : 'dark')
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={label}
        visibleFrom="xs"
        onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
      >
        {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  )
}

function AccountMenu() {
  const t = useWords()
  const navigation = useNavigationWords()
  const navigate = useNavigate()
  const me = useMe()
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton>
          <VisuallyHidden>{navigation('account')}</VisuallyHidden>
          <Avatar aria-hidden name={me?.name ?? ''} color="initials" radius="xl" size={36} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me?.email}</Menu.Label>
        <Menu.Item leftSection={<IconUserCircle size={16} />} renderRoot={(props) => <Link to="/account" {...props} />}>
          {navigation('account')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={16} />}
          onClick={() => void endSession().then(() => navigate({ to: '/sign-in' }))}
        >
          {t('signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Ctrl + K: the places of the app by their names. */
function Palette() {
  const t = useWords()
  const navigation = useNavigationWords()
  const navigate = useNavigate()
  const actions = usePlaces().map(({ to, word, icon: Icon }) => ({
    id: to,
    label: navigation(word),
    leftSection: <Icon size={20} stroke={1.6} />,
    onClick: () => void navigate({ to }),
  }))
  return (
    <Spotlight
      actions={actions}
      shortcut={['mod + K']}
      nothingFound={t('nothing')}
      highlightQuery
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: t('searchHere'),
        'aria-label': t('searchHere'),
      }}
    />
  )
}
