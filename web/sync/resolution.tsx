import { Badge, Group, Radio, Stack, Text, Textarea, Title } from '@mantine/core'
import type { Output } from '../api.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { dateTime } from '../ui/format.ts'
import { tellDone } from '../ui/tell.tsx'
import { useSyncWords } from './words.ts'

type Settled = NonNullable<Output<'sync.get-exception'>['resolution']>
const outcomes = ['accepted', 'corrected', 'dismissed'] as const
const colors = { accepted: 'green', corrected: 'blue', dismissed: 'gray' } as const

/** Whether something is settled, and how. */
export function OutcomeBadge({ resolution }: { resolution: Settled | null }) {
  const t = useSyncWords()
  return (
    <Badge variant="light" color={resolution ? colors[resolution.outcome] : 'orange'}>
      {t(resolution?.outcome ?? 'open')}
    </Badge>
  )
}

/** How it was settled: by whom, when, and what they found. */
export function Resolution({ resolution, branchId }: { resolution: Settled; branchId: string }) {
  const t = useSyncWords()
  const nameOf = useEmployeeName()
  const { zoneOf } = useBranchOf()
  const when = dateTime(resolution.recorded_at, zoneOf(branchId))
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <OutcomeBadge resolution={resolution} />
        <Text size="sm" c="dimmed">
          {t('by', { who: nameOf(resolution.actor_id), when })}
        </Text>
      </Group>
      <Text size="sm" fs="italic">
        {`“${resolution.reason}”`}
      </Text>
    </Stack>
  )
}

/** Says how an exception, or a slip that was set aside, was settled; once. */
export function ResolveForm(props: { operation: 'sync.resolve-exception' | 'sync.resolve-set-aside'; id: string }) {
  const t = useSyncWords()
  const sending = useCommandForm(props.operation, {
    values: { outcome: 'accepted' as (typeof outcomes)[number], reason: '' },
    input: (values) => ({ id: props.id, ...values }),
    onDone: () => tellDone(t('done')),
    touches: ['sales'],
  })
  const { form } = sending
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Title order={3} size="h5">
          {t('settle')}
        </Title>
        <Radio.Group aria-label={t('settle')} {...form.getInputProps('outcome')}>
          <Stack gap="xs">
            {outcomes.map((outcome) => (
              <Radio.Card key={outcome} value={outcome} p="sm">
                <Group wrap="nowrap" align="flex-start">
                  <Radio.Indicator />
                  <div>
                    <Text size="sm" fw={650}>
                      {t(outcome)}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {t(`${outcome}Says`)}
                    </Text>
                  </div>
                </Group>
              </Radio.Card>
            ))}
          </Stack>
        </Radio.Group>
        <Textarea
          label={t('note')}
          description={t('noteHint')}
          required
          maxLength={500}
          {...form.getInputProps('reason')}
        />
        <FormEnd of={sending} label={t('settle')} />
      </Stack>
    </form>
  )
}
