import { ActionIcon, Alert, Badge, Button, Group, Text } from '@mantine/core'
import { IconCloud, IconCloudOff, IconLayoutDashboard, IconLock, IconRefresh } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState, useSyncExternalStore } from 'react'
import { refusalOf } from '../api.ts'
import { changeToNewerApp, isNewerAppWaiting, onNewerApp } from '../keep-app.ts'
import { confirm } from '../ui/confirm.tsx'
import { LanguageMenu } from '../ui/language-menu.tsx'
import { explain, explainCode } from '../ui/problem.ts'
import { tell } from '../ui/tell.tsx'
import { notSignedIn } from './call-as-cashier.ts'
import { useTill } from './engine.tsx'
import { forgetDevice, useFact, writeFact } from './store.ts'
import { useTillWords } from './words.ts'

/** What is always in sight: whether the server answers, how many sales it lacks, and who is at the till. */
export function StatusBar() {
  const t = useTillWords()
  const { device, kept, cashier, lock, isOnline, unsent } = useTill()
  return (
    <header>
      <Group justify="space-between" gap="xs" px="md" py={6} className="till-bar">
        <Group gap="sm" wrap="nowrap" maw="100%">
          {cashier?.isSignedIn ? (
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={t('backOffice')}
              title={t('backOffice')}
              renderRoot={(props) => <Link to="/" {...props} />}
            >
              <IconLayoutDashboard size={18} />
            </ActionIcon>
          ) : null}
          <Text fw={650} truncate>
            {kept.ground.branch.name} · <span className="code">{device.registerCode}</span>
          </Text>
        </Group>
        <Group gap="xs">
          <Reached isOnline={isOnline} />
          <Unsent count={unsent} />
          <LanguageMenu />
          {cashier ? (
            <Button
              variant="default"
              leftSection={<IconLock size={16} />}
              onClick={lock}
              aria-label={`${t('lock')}: ${cashier.name}`}
            >
              {cashier.name}
            </Button>
          ) : null}
        </Group>
      </Group>
      <Warnings />
    </header>
  )
}

/** Whether the server answers: in a word, or on a phone by its sign. */
function Reached({ isOnline }: { isOnline: boolean }) {
  const t = useTillWords()
  const word = t(isOnline ? 'online' : 'offline')
  const Icon = isOnline ? IconCloud : IconCloudOff
  return (
    <Badge variant="light" size="lg" color={isOnline ? 'green' : 'orange'} role="img" aria-label={word}>
      <Group gap={4} wrap="nowrap">
        <Icon size={14} />
        <Text span inherit visibleFrom="sm">
          {word}
        </Text>
      </Group>
    </Badge>
  )
}

function Unsent({ count }: { count: number }) {
  const t = useTillWords()
  const { sync } = useTill()
  const [isBusy, setBusy] = useState(false)
  const go = () => {
    setBusy(true)
    void sync().finally(() => setBusy(false))
  }
  return (
    <Button
      variant={count > 0 ? 'filled' : 'default'}
      color="orange"
      size="xs"
      loading={isBusy}
      leftSection={<IconRefresh size={14} />}
      onClick={go}
      aria-live="polite"
    >
      {count > 0 ? t('notSynced', { count }) : t('allSynced')}
    </Button>
  )
}

/** Said of a device that will never be heard again. */
const isOver = new Set(['device_revoked', 'device_credential_wrong', 'device_not_found'])

/** Lets a browser whose device is no more become a till anew: it holds nothing that is unsent. */
function SetUpAnew() {
  const t = useTillWords()
  const forget = () => void forgetDevice().then(() => location.reload(), tell)
  const step = { title: t('setUpAnew'), says: t('setUpAnewSays'), button: t('setUpAnew'), act: forget }
  return (
    <Button size="xs" color="red" onClick={() => confirm(step)}>
      {t('setUpAnew')}
    </Button>
  )
}

function Warnings() {
  const t = useTillWords()
  const { problem, isPersisted, isOnline, cashier, unsent } = useTill()
  const isServerNewer = useFact('isServerNewer')
  const setAside = useFact('setAside') ?? 0
  const isWaiting = useSyncExternalStore(onNewerApp, isNewerAppWaiting)
  return (
    <>
      {isWaiting || isServerNewer ? (
        <Alert color="blue" radius={0} py="xs" role="status">
          <Group justify="space-between">
            {t('newer')}
            <Button size="xs" onClick={() => (isWaiting ? changeToNewerApp() : location.reload())}>
              {t('restart')}
            </Button>
          </Group>
        </Alert>
      ) : null}
      {problem ? (
        <Alert color="red" radius={0} py="xs" role="alert">
          <Group justify="space-between">
            {t('waiting', { why: explainCode(problem.code, problem.detail) })}
            {isOver.has(problem.code) && unsent === 0 ? <SetUpAnew /> : null}
          </Group>
        </Alert>
      ) : null}
      {setAside > 0 ? (
        <Alert color="red" radius={0} py="xs" role="alert">
          <Group justify="space-between">
            {t('setAside', { count: setAside })}
            <Button size="xs" color="red" onClick={() => void writeFact('setAside', 0)}>
              {t('understood')}
            </Button>
          </Group>
        </Alert>
      ) : null}
      {isOnline && cashier && !cashier.isSignedIn ? (
        <Alert color="orange" radius={0} py="xs" role="status">
          {explain(refusalOf(notSignedIn))}
        </Alert>
      ) : null}
      {isPersisted ? null : (
        <Alert color="yellow" radius={0} py="xs" role="status">
          {t('notPersisted')}
        </Alert>
      )}
    </>
  )
}
