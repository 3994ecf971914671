import { Checkbox, Select } from '@mantine/core'
import { useState } from 'react'
import type { Output } from '../api.ts'
import { Goods } from '../catalog/variants.tsx'
import { useMay } from '../identity/session.ts'
import { quantity } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import type { Count } from './count-detail.tsx'
import { CountField } from './count-field.tsx'
import { useCountWords } from './words.ts'

const useWords = defineWords('count-lines', {
  lines: ['Lines', 'Lignes', 'الأسطر'],
  all: ['All lines', 'Toutes les lignes', 'كل الأسطر'],
  uncounted: ['Not counted yet', 'Pas encore comptées', 'لم تُعدّ بعد'],
  to_recount: ['To count again', 'À recompter', 'يُعاد عدّها'],
  varying: ['That differ', 'Avec écart', 'فيها فرق'],
  again: ['Count again', 'À recompter', 'أعد العدّ'],
  choose: ['Choose {{goods}}', 'Choisir {{goods}}', 'اختر {{goods}}'],
  empty: ['No line is like that', 'Aucune ligne', 'لا توجد أسطر'],
})

type Line = Output<'counts.list-lines'>['items'][number]
const shows = ['all', 'uncounted', 'to_recount', 'varying'] as const

interface CountLinesProps {
  readonly count: Count
  readonly isCounting: boolean
  readonly chosen: ReadonlySet<string>
  readonly onChoose: (chosen: ReadonlySet<string>) => void
}

/** The lines of a count, with fields to count them in, or boxes to choose those that are counted again. */
export function CountLines({ count, isCounting, chosen, onChoose }: CountLinesProps) {
  const t = useWords()
  const words = useCountWords()
  const may = useMay()
  const { filters, set } = useFilters(['show'])
  const [drafts] = useState(() => new Map<string, string>())
  const show = shows.find((one) => one === filters.show) ?? 'all'
  const isJudging = count.state === 'submitted' && may('counts.send-back')
  const seesBooks = count.varying !== null
  const offered = shows.filter((one) => one !== 'varying' || seesBooks)
  const figure = (head: string, of: (line: Line) => string | null): Column<Line> => ({
    head,
    cell: (line) => {
      const text = of(line)
      return text === null ? '' : quantity(text)
    },
    text: of,
    isAmount: true,
  })
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    onChoose(next)
  }
  const columns: Column<Line>[] = [
    ...(isJudging
      ? [chooseColumn({ chosen, toggle, label: (goods) => t('choose', { goods }), head: t('again') })]
      : []),
    { head: words('goods'), cell: (line) => <Goods name={line.name} sku={line.sku} />, text: (line) => line.name },
    {
      head: words('batch'),
      cell: (line) => <span className="code">{line.batch_number}</span>,
      text: (line) => line.batch_number,
    },
    ...(seesBooks ? [figure(words('expected'), (line) => line.expected)] : []),
    isCounting
      ? {
          head: words('counted'),
          cell: (line) => <CountField countId={count.id} line={line} drafts={drafts} />,
          text: (line) => line.counted,
        }
      : figure(words('counted'), (line) => line.counted),
    ...(seesBooks ? [differenceColumn(words('difference'))] : []),
    { head: t('again'), cell: (line) => (line.requires_recount ? <Tag tone="warn">{t('again')}</Tag> : null) },
  ]
  return (
    <List
      operation="counts.list-lines"
      input={{ id: count.id, show }}
      keyOf={({ id }) => id}
      columns={isJudging ? columns.filter((column, at) => at === 0 || column.head !== t('again')) : columns}
      label={t('lines')}
      file={`count-${count.number}`}
      filters={
        <Select
          aria-label={t('lines')}
          allowDeselect={false}
          data={offered.map((value) => ({ value, label: t(value) }))}
          value={show}
          onChange={(value) => set({ show: value === 'all' ? null : value })}
        />
      }
      empty={<Empty title={t('empty')} />}
    />
  )
}

function chooseColumn(of: {
  head: string
  chosen: ReadonlySet<string>
  toggle: (id: string) => void
  label: (goods: string) => string
}): Column<Line> {
  return {
    head: of.head,
    cell: ({ id, name, requires_recount }) => (
      <Checkbox
        aria-label={of.label(name)}
        checked={requires_recount || of.chosen.has(id)}
        disabled={requires_recount}
        onChange={() => of.toggle(id)}
      />
    ),
  }
}

function differenceColumn(head: string): Column<Line> {
  return {
    head,
    cell: ({ variance }) => {
      if (variance === null) return ''
      if (variance === '0') return <Tag tone="good">0</Tag>
      const isLess = variance.startsWith('-')
      const text = `${isLess ? '−' : '+'}${quantity(variance.replace('-', ''))}`
      return (
        <Tag tone={isLess ? 'bad' : 'info'}>
          <bdi dir="ltr">{text}</bdi>
        </Tag>
      )
    },
    text: ({ variance }) => variance,
    isAmount: true,
  }
}
