import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { IconPlayerStop } from '@tabler/icons-react'
import { useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { confirm } from '../ui/confirm.tsx'
import { percent, quantity } from '../ui/format.ts'
import { tell } from '../ui/tell.tsx'
import type { Import } from './use-import.ts'
import { useImportWords } from './words.ts'

/** How far a run over the file is, and a way to stop it. */
export function RunProgress({ of }: { of: Import }) {
  const t = useImportWords()
  const { total_rows, processed_rows } = of
  const done = quantity(String(processed_rows))
  const isMeasured = total_rows !== null && total_rows > 0
  const rows = isMeasured ? t('rowsOf', { done, total: quantity(String(total_rows)) }) : t('rowsSoFar', { done })
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Text fw={600}>{t(`state-${of.status}`)}</Text>
          <Text className="amount" size="sm" aria-live="polite">
            {of.status === 'undoing' ? percent(String(of.progress_percent)) : rows}
          </Text>
        </Group>
        <Progress
          size="xl"
          value={isMeasured ? of.progress_percent : 100}
          animated
          aria-label={t(`state-${of.status}`)}
        />
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            <Pace of={of} />
            {t('leaveSays')}
          </Text>
          <Stop of={of} />
        </Group>
      </Stack>
    </Paper>
  )
}

function Pace({ of: { rows_per_second, remaining_seconds: left } }: { of: Import }) {
  const t = useImportWords()
  const said: string[] = []
  if (rows_per_second) said.push(t('rate', { count: quantity(String(rows_per_second)) }))
  if (left !== null && left > 0)
    said.push(left < 90 ? t('secondsLeft', { count: left }) : t('minutesLeft', { count: Math.round(left / 60) }))
  return said.length === 0 ? null : <>{said.join(' · ')} · </>
}

function Stop({ of: { id, status, mode } }: { of: Import }) {
  const t = useImportWords()
  const may = useMay()
  const stop = useCommand('imports.stop-import')
  if (status === 'undoing' || !may('imports.stop-import')) return null
  const says = mode === 'all_or_nothing' ? 'stopAllSays' : 'stopSays'
  const ask = () =>
    confirm({
      title: t('stopTitle'),
      says: t(status === 'committing' ? says : 'stopTrialSays'),
      button: t('stop'),
      act: () => stop.mutate({ id }, { onError: tell }),
    })
  return (
    <Button variant="default" leftSection={<IconPlayerStop size={16} />} loading={stop.isPending} onClick={ask}>
      {t('stop')}
    </Button>
  )
}
