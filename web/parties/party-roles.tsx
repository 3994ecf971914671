import { Badge, Button, Group, Menu, Modal, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { money, quantity } from '../ui/format.ts'
import { tell } from '../ui/tell.tsx'
import { RoleTerms } from './role-terms.tsx'
import { type PartyInFull, type Role, roles } from './roles.ts'
import { useGroups } from './use-groups.ts'
import { usePartyWords } from './words.ts'

type Held = PartyInFull['roles'][number]

const approvals = { pending: 'blue', approved: 'green', rejected: 'red', suspended: 'orange' } as const

/** What a party is to us, on which terms. */
export function Roles({ party, isOver }: { party: PartyInFull; isOver: boolean }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const may = useMay()
  const [changed, setChanged] = useState<Role>()
  const held = party.roles.filter(({ ended_at }) => ended_at === null)
  const others = roles.filter((role) => !held.some((one) => one.role === role))
  const mayChange = may('parties.set-role') && !isOver
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {t('roles')}
        </Title>
        {mayChange && others.length > 0 ? (
          <Menu>
            <Menu.Target>
              <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />}>
                {t('addRole')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {others.map((role) => (
                <Menu.Item key={role} onClick={() => setChanged(role)}>
                  {t(role)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        ) : null}
      </Group>
      {held.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('noRoles')}
        </Text>
      ) : null}
      <Stack gap="md">
        {held.map((one) => (
          <HeldRole key={one.id} party={party} held={one} isOver={isOver} change={() => setChanged(one.role)} />
        ))}
      </Stack>
      {changed ? (
        <Modal
          opened
          onClose={() => setChanged(undefined)}
          title={`${t('terms')} · ${t(changed)}`}
          closeButtonProps={{ 'aria-label': common('close') }}
        >
          <RoleTerms party={party} role={changed} close={() => setChanged(undefined)} />
        </Modal>
      ) : null}
    </Paper>
  )
}

interface HeldProps {
  readonly party: PartyInFull
  readonly held: Held
  readonly isOver: boolean
  readonly change: () => void
}

function HeldRole({ party, held, isOver, change }: HeldProps) {
  const t = usePartyWords()
  const common = useCommonWords()
  const may = useMay()
  const end = useCommand('parties.end-role')
  const { role, approval, version } = held
  const ask = () =>
    confirm({
      title: t('endRoleTitle', { role: t(role) }),
      says: t('endRoleSays'),
      button: t('endRole'),
      act: () => end.mutate({ id: party.id, role, version }, { onError: tell }),
    })
  return (
    <div>
      <Group justify="space-between">
        <Group gap="xs">
          <Text fw={600}>{t(role)}</Text>
          <Text size="sm" c="dimmed" className="code">
            {held.code}
          </Text>
          {approval ? (
            <Badge variant="light" tt="none" color={approvals[approval]}>
              {t(approval)}
            </Badge>
          ) : null}
        </Group>
        <Group gap={4}>
          <Approve party={party} held={held} />
          {may('parties.set-role') && !isOver ? (
            <Button variant="subtle" size="compact-sm" onClick={change}>
              {common('edit')}
            </Button>
          ) : null}
          {may('parties.end-role') && !isOver ? (
            <Button variant="subtle" color="red" size="compact-sm" onClick={ask}>
              {t('endRole')}
            </Button>
          ) : null}
        </Group>
      </Group>
      <Terms held={held} />
    </div>
  )
}

function Approve({ party, held: { role, approval } }: Pick<HeldProps, 'party' | 'held'>) {
  const t = usePartyWords()
  const may = useMay()
  const decide = useCommand('parties.decide-approval')
  if ((role !== 'vendor' && role !== 'retailer') || approval === 'approved' || !may('parties.decide-approval'))
    return null
  return (
    <Button
      variant="light"
      size="compact-sm"
      onClick={() => decide.mutate({ id: party.id, role, decision: 'approved' }, { onError: tell })}
    >
      {t('approve')}
    </Button>
  )
}

function Terms({ held }: { held: Held }) {
  const t = usePartyWords()
  const groups = useGroups()
  const { minimum_order, currency } = held
  const said = [
    [t('group'), groups.find(({ id }) => id === held.group_id)?.name],
    [t('leadTime'), held.lead_time_days ? quantity(held.lead_time_days) : undefined],
    [t('paymentDays'), held.payment_days?.toString()],
    [t('paymentTerms'), held.payment_terms],
    [t('currency'), currency],
    [t('minimumOrder'), minimum_order && currency ? money(minimum_order, currency) : minimum_order],
  ].filter(([, value]) => value)
  return (
    <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="xs" verticalSpacing={4} mt={4}>
      {said.map(([label, value]) => (
        <div key={label}>
          <Text size="xs" c="dimmed">
            {label}
          </Text>
          <Text size="sm">{value}</Text>
        </div>
      ))}
    </SimpleGrid>
  )
}
