import { Group, Paper, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** A part of the page with a name. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      <Stack gap={6}>{children}</Stack>
    </Paper>
  )
}

/** What something is called, and at the other end what it is. */
export function Line({ label, children, isStrong }: { label: ReactNode; children: ReactNode; isStrong?: boolean }) {
  return (
    <Group justify="space-between" gap="sm" wrap="nowrap" align="baseline">
      <Text size="sm" component="div" {...(isStrong ? { fw: 650 } : { c: 'dimmed' })}>
        {label}
      </Text>
      <Text size="sm" component="div" ta="end" {...(isStrong ? { fw: 650 } : {})}>
        {children}
      </Text>
    </Group>
  )
}
