import {
  Anchor,
  Avatar,
  Button,
  Center,
  Group,
  Paper,
  PinInput,
  Stack,
  Text,
  Title,
  UnstyledButton,
} from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useRead } from '../api.ts'
import { isSessionLocked, readMe } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { fromNow } from '../ui/format.ts'
import { tell } from '../ui/tell.tsx'
import { type Unlocked, unlock } from './cashier.ts'
import { useTill } from './engine.tsx'
import { type Cashier, useFact } from './store.ts'
import { useTillWords } from './words.ts'

/** The locked till: who is there, and their PIN. */
export function Lock() {
  const t = useTillWords()
  const list = useFact('cashiers')
  const [chosen, setChosen] = useState<Cashier>()
  const items = list?.items ?? []
  return (
    <Center component="main" flex={1} p="md">
      <Stack align="center" w="100%" maw={560}>
        <Title order={1} size="h3">
          {chosen ? chosen.display_name : t('whoSells')}
        </Title>
        {chosen ? <Pin key={chosen.employee_id} cashier={chosen} back={() => setChosen(undefined)} /> : null}
        {!chosen && items.length === 0 ? <Text ta="center">{t('noCashiers')}</Text> : null}
        {chosen ? null : (
          <div className="till-faces">
            {items.map((cashier) => (
              <UnstyledButton key={cashier.employee_id} onClick={() => setChosen(cashier)} className="till-face">
                <Avatar name={cashier.display_name} color="initials" size="lg" radius="xl" />
                <Text fw={600} ta="center">
                  {cashier.display_name}
                </Text>
              </UnstyledButton>
            ))}
          </div>
        )}
        {chosen ? null : <GoOn />}
      </Stack>
    </Center>
  )
}

/** Who is signed in by password, in a session of their own, needs no PIN. */
function GoOn() {
  const t = useTillWords()
  const { setCashier, device } = useTill()
  const { data: me } = useQuery({ queryKey: ['till', 'me'], queryFn: readMe, retry: false })
  const workplace = useRead('tenants.get-workplace', {}, { enabled: Boolean(me), retry: false })
  const { data } = workplace
  const mayGoOn = me?.device_id === null && !isSessionLocked() && data?.tenant.id === device.tenantId
  if (!mayGoOn || !data?.permissions.includes('sales.sell')) return <PasswordLink />
  const permissions = new Set(data.permissions)
  return (
    <Button
      variant="light"
      onClick={() =>
        setCashier({
          employeeId: data.employee.id,
          name: data.employee.display_name,
          permissions,
          isSignedIn: true,
          isByPin: false,
        })
      }
    >
      {t('goOnAs', { name: data.employee.display_name })}
    </Button>
  )
}

function PasswordLink() {
  const t = useTillWords()
  const { isOnline } = useTill()
  if (!isOnline) return null
  return (
    <Anchor size="sm" renderRoot={(props) => <Link to="/sign-in" search={{ to: '/till' }} {...props} />}>
      {t('byPassword')}
    </Anchor>
  )
}

function Pin({ cashier, back }: { cashier: Cashier; back: () => void }) {
  const t = useTillWords()
  const common = useCommonWords()
  const { setCashier } = useTill()
  const [pin, setPin] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const said = (found: Unlocked) => {
    if (found.outcome === 'wrong') return t('pinWrong')
    if (found.outcome === 'expired') return t('pinExpired')
    if (found.outcome === 'unknown') return t('pinUnknown')
    const until = found.outcome === 'locked' ? found.until : ''
    return t('pinLocked', { when: until ? fromNow(until) : t('pinLater') })
  }
  const go = async () => {
    setBusy(true)
    try {
      const found = await unlock(cashier, pin, new Date())
      if (found.outcome === 'accepted') return setCashier(found.cashier)
      setPin('')
      setWrong(said(found))
    } catch (error) {
      tell(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Paper withBorder p="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void go()
        }}
      >
        <Stack align="center">
          <PinInput
            length={8}
            mask
            type="number"
            autoFocus
            placeholder=""
            value={pin}
            onChange={setPin}
            error={wrong !== undefined}
            aria-label={t('pin')}
            size="md"
          />
          {wrong ? (
            <Text c="red" role="alert">
              {wrong}
            </Text>
          ) : null}
          <Group>
            <Button variant="default" onClick={back}>
              {common('back')}
            </Button>
            <Button type="submit" loading={isBusy} disabled={pin.length < 4}>
              {common('confirm')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}
