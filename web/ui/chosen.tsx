import { CloseButton, Group, Paper } from '@mantine/core'
import type { ReactNode } from 'react'
import { useCommonWords } from './common-words.ts'

/** What was chosen where one of many is looked for, and can be let go of. */
export function Chosen({ children, onRemove }: { children: ReactNode; onRemove: () => void }) {
  const t = useCommonWords()
  return (
    <Paper withBorder px="sm" py={2}>
      <Group gap="xs" wrap="nowrap">
        {children}
        <CloseButton size="sm" aria-label={t('remove')} onClick={onRemove} />
      </Group>
    </Paper>
  )
}
