import { Checkbox, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import { useLanguage } from '../ui/words.ts'
import { usePeopleWords } from './people-words.ts'
import { nounsInOrder, nounWord, permissionWord } from './permission-words.ts'

interface Boxes {
  /** Those there are to choose from. */
  readonly all: readonly string[]
  readonly chosen: readonly string[]
  readonly onChange?: (chosen: string[]) => void
}

/** Permissions to tick, those of one noun together. */
export function PermissionBoxes({ all, chosen, onChange }: Boxes) {
  useLanguage()
  const groups = Map.groupBy(all, (name) => name.split('.')[0] ?? '')
  const place = (noun: string) => (nounsInOrder.includes(noun) ? nounsInOrder.indexOf(noun) : nounsInOrder.length)
  const nouns = [...groups.keys()].toSorted((one, other) => place(one) - place(other))
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="sm">
      {nouns.map((noun) => (
        <Noun key={noun} noun={noun} all={groups.get(noun) ?? []} {...{ chosen, onChange }} />
      ))}
    </SimpleGrid>
  )
}

function Noun(props: Omit<Boxes, 'onChange'> & { noun: string; onChange: Boxes['onChange'] }) {
  const { noun, all, chosen, onChange } = props
  const t = usePeopleWords()
  const its = all.filter((name) => chosen.includes(name))
  const others = chosen.filter((name) => !all.includes(name))
  const set = (name: string, isOn: boolean) =>
    onChange?.(isOn ? [...chosen, name] : chosen.filter((one) => one !== name))
  const isWhole = its.length === all.length
  return (
    <Paper withBorder p="sm" component="fieldset" m={0}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Checkbox
            aria-label={t('wholeGroup', { name: nounWord(noun) })}
            label={<Text fw={600}>{nounWord(noun)}</Text>}
            checked={isWhole}
            indeterminate={its.length > 0 && !isWhole}
            disabled={!onChange}
            onChange={() => onChange?.(isWhole ? others : [...others, ...all])}
          />
          <Text size="xs" c="dimmed">
            {t('chosen', { count: its.length, all: all.length })}
          </Text>
        </Group>
        {all.map((name) => (
          <Checkbox
            key={name}
            ms="lg"
            label={permissionWord(name)}
            checked={chosen.includes(name)}
            disabled={!onChange}
            onChange={(event) => set(name, event.currentTarget.checked)}
          />
        ))}
      </Stack>
    </Paper>
  )
}
