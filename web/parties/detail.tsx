import { ActionIcon, Button, Group, Modal, Paper, Stack, Text, Title } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { usePartyWords } from './words.ts'

/** A part of what is known of a party: a list, and a way to add to it. */
export function Detail(props: {
  title: string
  none: string
  add?: { label: string; open: () => void } | undefined
  children: readonly ReactNode[]
}) {
  const common = useCommonWords()
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs" wrap="nowrap">
        <Title order={2} size="h5">
          {props.title}
        </Title>
        {props.add ? (
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            aria-label={props.add.label}
            onClick={props.add.open}
          >
            {common('add')}
          </Button>
        ) : null}
      </Group>
      {props.children.length === 0 ? (
        <Text size="sm" c="dimmed">
          {props.none}
        </Text>
      ) : (
        <Stack gap="sm">{props.children}</Stack>
      )}
    </Paper>
  )
}

/** One thing of such a list; it can be removed where `remove` says how. */
export function DetailRow(props: { name: string; remove?: (() => void) | undefined; children: ReactNode }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const { name, remove } = props
  const ask = (act: () => void) =>
    confirm({ title: t('removeTitle', { name }), says: t('removeSays'), button: common('remove'), act })
  return (
    <Group justify="space-between" align="flex-start" wrap="nowrap">
      <div>{props.children}</div>
      {remove ? (
        <ActionIcon
          variant="subtle"
          color="red"
          aria-label={`${common('remove')}: ${name}`}
          onClick={() => ask(remove)}
        >
          <IconTrash size={16} />
        </ActionIcon>
      ) : null}
    </Group>
  )
}

/** A dialog with the name of what it adds. */
export function Adding(props: { title: string; close: () => void; children: ReactNode }) {
  const common = useCommonWords()
  return (
    <Modal opened onClose={props.close} title={props.title} closeButtonProps={{ 'aria-label': common('close') }}>
      {props.children}
    </Modal>
  )
}
