import { Button, Center, Group, NativeSelect, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useRead } from '../api.ts'
import { useBranches, useMay, useWorkplace } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { tell } from '../ui/tell.tsx'
import { setUpDevice } from './set-up.ts'
import { useSetUpWords } from './set-up-words.ts'

/** Makes this browser a till: whose register it is, and a name to know it by. */
export function SetUp() {
  const t = useSetUpWords()
  const common = useCommonWords()
  const may = useMay()
  const navigate = useNavigate()
  const isAllowed = may('registers.enroll-device') && may('registers.bind-device')
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={480}>
        <Stack>
          <Title order={1} size="h3">
            {t('setUpTitle')}
          </Title>
          <Text c="dimmed">{isAllowed ? t('setUpLead') : t('mayNotSetUp')}</Text>
          {isAllowed ? <SetUpForm /> : null}
          <Group justify="flex-start">
            <Button variant="subtle" onClick={() => void navigate({ to: '/' })}>
              {common('back')}
            </Button>
          </Group>
        </Stack>
      </Paper>
    </Center>
  )
}

function SetUpForm() {
  const t = useSetUpWords()
  const common = useCommonWords()
  const { tenant } = useWorkplace()
  const { branches, branch, choose } = useBranches()
  const free = useFreeRegisters(branch?.id)
  const [chosen, setChosen] = useState<string>()
  const [name, setName] = useState('')
  const [isBusy, setBusy] = useState(false)
  const registerId = (free?.find(({ id }) => id === chosen) ?? free?.[0])?.id
  const go = () => {
    if (!branch || !registerId) return
    setBusy(true)
    const place = { tenantId: tenant.id, branchId: branch.id, registerId, name: name.trim() || branch.name }
    setUpDevice(place).catch((error: unknown) => {
      setBusy(false)
      tell(error)
    })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        go()
      }}
    >
      <Stack>
        <NativeSelect
          label={common('branch')}
          data={branches.map(({ id, name }) => ({ value: id, label: name }))}
          value={branch?.id ?? ''}
          onChange={(event) => choose(event.currentTarget.value)}
        />
        <NativeSelect
          label={t('register')}
          data={(free ?? []).map(({ id, code, name }) => ({ value: id, label: `${code} · ${name}` }))}
          value={registerId ?? ''}
          onChange={(event) => setChosen(event.currentTarget.value)}
          {...(free?.length === 0 ? { error: t('noRegister') } : {})}
        />
        <TextInput
          label={t('deviceName')}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" loading={isBusy} disabled={!registerId}>
          {t('setUp')}
        </Button>
      </Stack>
    </form>
  )
}

/** The registers in use at a branch that no device is at; undefined until they are read. */
function useFreeRegisters(branchId: string | undefined) {
  const enabled = branchId !== undefined
  const place = { branch_id: branchId ?? '', limit: 200 }
  const registers = useRead('registers.list-registers', place, { enabled })
  const devices = useRead('registers.list-devices', { ...place, is_revoked: false }, { enabled })
  if (!registers.data || !devices.data) return undefined
  const taken = new Set(devices.data.items.map(({ register_id }) => register_id))
  return registers.data.items.filter(({ id, is_active }) => is_active && !taken.has(id))
}
