import { ActionIcon, Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconMinus, IconPlus } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { BatchNumber } from '../inventory/batches.tsx'
import { quantity } from '../ui/format.ts'
import { leftOfLine, step } from './refund-amounts.ts'
import type { SaleInFull } from './sale-in-full.ts'
import { useSaleWords } from './words.ts'

type Line = SaleInFull['lines'][number]

/** So much of a line that comes back, and where it goes. */
export interface Chosen {
  readonly line: number
  readonly quantity: string
  readonly restock: 'shelf' | 'quarantine' | 'none'
  readonly batch_id?: string | undefined
}

interface RefundLinesProps {
  readonly lines: readonly Line[]
  readonly chosen: readonly Chosen[]
  readonly errors: Record<string, ReactNode>
  readonly choose: (chosen: Chosen[]) => void
}

const restocks = ['shelf', 'quarantine', 'none'] as const

/** The lines that can still come back, each with how much of it does. */
export function RefundLines({ lines, chosen, errors, choose }: RefundLinesProps) {
  const t = useSaleWords()
  const all = () => choose(lines.map((line) => ({ line: line.line, quantity: leftOfLine(line), restock: 'shelf' })))
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text fw={600}>{t('goods')}</Text>
        <Button variant="subtle" size="compact-sm" onClick={all}>
          {t('all')}
        </Button>
      </Group>
      {lines.map((line) => (
        <Row key={line.line} line={line} chosen={chosen} errors={errors} choose={choose} />
      ))}
    </Stack>
  )
}

function Row({ line, chosen, errors, choose }: Omit<RefundLinesProps, 'lines'> & { line: Line }) {
  const t = useSaleWords()
  const at = chosen.findIndex((one) => one.line === line.line)
  const mine = chosen[at]
  const left = leftOfLine(line)
  const change = (next: Partial<Chosen>) => {
    const now: Chosen = { line: line.line, quantity: '1', restock: 'shelf', ...mine, ...next }
    const others = chosen.filter((one) => one.line !== line.line)
    choose(now.quantity === '0' ? others : [...others, now].toSorted((one, other) => one.line - other.line))
  }
  const batches = [...new Set(line.allocations.flatMap(({ batch_id }) => batch_id ?? []))]
  return (
    <Group gap="sm" py="xs" align="flex-start" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
      <Checkbox
        flex={1}
        miw={200}
        label={line.name}
        description={`${quantity(left)} ${line.unit_code}`}
        checked={mine !== undefined}
        onChange={(event) => change({ quantity: event.currentTarget.checked ? step('0', 1, left) : '0' })}
      />
      <div>
        <Count
          value={mine?.quantity ?? '0'}
          left={left}
          name={line.name}
          change={(text) => change({ quantity: text })}
        />
        {errors[`lines.${at}.quantity`] ? (
          <Text size="xs" c="red">
            {errors[`lines.${at}.quantity`]}
          </Text>
        ) : null}
      </div>
      <Group gap="xs">
        <Select
          aria-label={`${t('whereTo')}: ${line.name}`}
          allowDeselect={false}
          disabled={mine === undefined}
          data={restocks.map((value) => ({ value, label: t(value) }))}
          value={mine?.restock ?? 'shelf'}
          onChange={(restock) => change({ restock: (restock ?? 'shelf') as Chosen['restock'] })}
          w={180}
        />
        {batches.length > 1 && mine ? (
          <Select
            aria-label={`${t('whichBatch')}: ${line.name}`}
            placeholder={t('whichBatch')}
            clearable
            data={batches.map((id) => ({ value: id, label: id }))}
            renderOption={({ option }) => <BatchNumber id={option.value} />}
            value={mine.batch_id ?? null}
            onChange={(id) => change({ batch_id: id ?? undefined })}
            w={140}
          />
        ) : null}
      </Group>
    </Group>
  )
}

function Count(props: { value: string; left: string; name: string; change: (text: string) => void }) {
  const t = useSaleWords()
  const { value, left, name, change } = props
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon
        variant="default"
        size={36}
        aria-label={`${t('fewer')}: ${name}`}
        disabled={value === '0'}
        onClick={() => change(step(value, -1, left))}
      >
        <IconMinus size={16} />
      </ActionIcon>
      <TextInput
        aria-label={`${t('quantity')}: ${name}`}
        inputMode="decimal"
        value={value}
        onChange={(event) => change(event.currentTarget.value.replace(',', '.'))}
        w={72}
        styles={{ input: { textAlign: 'center' } }}
      />
      <ActionIcon
        variant="default"
        size={36}
        aria-label={`${t('moreOf')}: ${name}`}
        disabled={value === left}
        onClick={() => change(step(value, 1, left))}
      >
        <IconPlus size={16} />
      </ActionIcon>
    </Group>
  )
}
