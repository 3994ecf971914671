import { Alert, Box, Button, Center, Group, Loader, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useCommonWords } from './common-words.ts'
import { told } from './told.tsx'

/** A page: what it is, what can be done on it, and the rest. */
export function Page(props: { title: string; about?: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <Stack gap="md">
      <title>{`${props.title} · Comptoir`}</title>
      <Group justify="space-between" align="flex-start">
        <Box flex="1 1 20rem" miw={0}>
          <Title order={1} size="h2">
            {props.title}
          </Title>
          {props.about ? <Text c="dimmed">{props.about}</Text> : null}
        </Box>
        <Group gap="xs" maw="100%">
          {props.actions}
        </Group>
      </Group>
      {props.children}
    </Stack>
  )
}

/** What a page shows until its answer is there, or when it is refused. */
export function Pending(props: { error: unknown; retry?: () => void }) {
  const t = useCommonWords()
  if (!props.error) {
    return (
      <Center p="xl">
        <Loader role="status" aria-label={t('loading')} />
      </Center>
    )
  }
  return (
    <Alert color="red" role="alert">
      <Group justify="space-between">
        <div>{told(props.error)}</div>
        {props.retry ? (
          <Button variant="default" size="xs" onClick={props.retry}>
            {t('retry')}
          </Button>
        ) : null}
      </Group>
    </Alert>
  )
}

/** What an empty list says: what would stand there, and how it comes there. */
export function Empty(props: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Center p="xl">
      <Stack align="center" gap="xs" maw={460}>
        <Text fw={650}>{props.title}</Text>
        {props.children ? (
          <Text c="dimmed" ta="center">
            {props.children}
          </Text>
        ) : null}
        {props.action}
      </Stack>
    </Center>
  )
}
