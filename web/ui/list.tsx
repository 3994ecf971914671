import { Box, Button, Group, Loader, Paper, Table, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Input, OperationName, Output } from '../api.ts'
import { useCommonWords } from './common-words.ts'
import { csvOf, download } from './csv.ts'
import { type Page, usePages } from './list-pages.ts'
import { NothingFits } from './nothing-fits.tsx'
import { Pending } from './page.tsx'
import type { Tone } from './tag.tsx'
import { tell } from './tell.tsx'

export type Listing<N extends OperationName> =
  Output<N> extends { items: readonly (infer Item)[]; next_cursor: string | null } ? Item : never

export interface Column<Item> {
  readonly head: string
  readonly cell: (item: Item) => ReactNode
  /** As the file says it; left out of files where it is missing. */
  readonly text?: (item: Item) => string | null | Promise<string | null>
  readonly isAmount?: boolean
}

const rowHeight = 44
/** A file of more than this is a report. */
const mostExported = 50_000

interface ListProps<N extends OperationName> {
  readonly operation: N
  readonly input: Omit<Input<N>, 'limit' | 'cursor'>
  readonly columns: readonly Column<Listing<N>>[]
  readonly keyOf: (item: Listing<N>) => string
  readonly onOpen?: (item: Listing<N>) => void
  /** What is said where there is nothing. */
  readonly empty: ReactNode
  /** Name of the file without its end. */
  readonly file: string
  readonly label: string
  readonly filters?: ReactNode
  /** The filters as the address has them: while one is set, an empty list offers to take them away. */
  readonly filteredBy?: readonly string[]
  /** Reads what the cells of a page need beside it, such as names, before it is shown or written into a file. */
  readonly loadAlong?: (items: readonly Listing<N>[]) => Promise<unknown>
  /** How pressing a row is: it has a stripe of that colour. */
  readonly toneOf?: (item: Listing<N>) => Tone | undefined
}

/**
 * A list of an operation that answers by pages: rows come as they are scrolled to, only those in sight are on the page, and
 * all of them go into a file. `empty` says what would stand there.
 */
export function List<N extends OperationName>(props: ListProps<N>) {
  const t = useCommonWords()
  const { query: pages, read, freshen } = usePages(props.operation, props.input, props.loadAlong)
  const items = pages.data?.pages.flatMap((page) => page.items) ?? []
  const { hasNextPage, isFetching, fetchNextPage } = pages
  // What failed is asked for again by whoever reads, not by the list.
  const isFailed = pages.isFetchNextPageError
  const more = hasNextPage && !isFetching && !isFailed ? () => void fetchNextPage() : undefined
  return (
    <Paper withBorder>
      <Group p="sm" justify="space-between" align="flex-start" wrap="nowrap">
        <Group gap="sm" flex={1} miw={0} className="list-filters">
          {props.filters}
        </Group>
        <Group gap="sm" mih={36} wrap="nowrap">
          {isFetching && items.length > 0 ? <Loader size="xs" role="status" aria-label={t('loading')} /> : null}
          <Export name={props.file} columns={props.columns} read={read} isEmpty={items.length === 0} />
        </Group>
      </Group>
      {pages.isPending || (pages.error && !isFailed) ? (
        <Pending error={pages.error} retry={() => void pages.refetch()} />
      ) : null}
      {pages.data && items.length === 0 ? (
        <NothingFits filters={props.filteredBy ?? []} otherwise={props.empty} />
      ) : null}
      {items.length > 0 ? <Rows {...props} items={items} isWhole={!hasNextPage} {...{ more, freshen }} /> : null}
      {isFailed ? <Pending error={pages.error} retry={() => void fetchNextPage()} /> : null}
    </Paper>
  )
}

/** The rows in sight, between two that take the height of all others; it asks for more near the end. */
function Rows<N extends OperationName>(
  props: ListProps<N> & {
    items: Listing<N>[]
    isWhole: boolean
    more: (() => void) | undefined
    /** For when the top comes in sight. */
    freshen: () => void
  },
) {
  const { items, columns, more } = props
  const box = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const shown = rows.getVirtualItems()
  const measure = rows.measureElement
  const isNearEnd = (shown.at(-1)?.index ?? 0) >= items.length - 20
  useEffect(() => {
    if (isNearEnd) more?.()
  })
  const before = shown[0]?.start ?? 0
  const after = rows.getTotalSize() - (shown.at(-1)?.end ?? 0)
  return (
    <Box
      ref={box}
      mah="calc(100vh - 240px)"
      style={{ overflow: 'auto' }}
      onScroll={({ currentTarget }) => currentTarget.scrollTop <= 0 && props.freshen()}
      tabIndex={0}
      role="region"
      aria-label={props.label}
    >
      <Table
        style={{ whiteSpace: 'nowrap' }}
        stickyHeader
        highlightOnHover={props.onOpen !== undefined}
        aria-rowcount={props.isWhole ? items.length + 1 : -1}
      >
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ head, isAmount }) => (
              <Table.Th key={head} className={isAmount ? 'amount' : ''}>
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {before > 0 ? <tr style={{ height: before }} aria-hidden /> : null}
          {shown.map(({ index }) => {
            const item = items[index] as Listing<N>
            const tone = props.toneOf?.(item)
            return (
              <Row key={props.keyOf(item)} {...{ item, columns, tone, onOpen: props.onOpen, measure }} at={index} />
            )
          })}
          {after > 0 ? <tr style={{ height: after }} aria-hidden /> : null}
        </Table.Tbody>
      </Table>
    </Box>
  )
}

function Row<Item>(props: {
  at: number
  item: Item
  columns: readonly Column<Item>[]
  tone: Tone | undefined
  onOpen: ((item: Item) => void) | undefined
  measure: (row: HTMLTableRowElement | null) => void
}) {
  const { at, item, columns, tone, onOpen, measure } = props
  const open = onOpen && {
    tabIndex: 0,
    style: { cursor: 'pointer' },
    onClick: () => onOpen(item),
    onKeyDown: (event: React.KeyboardEvent) => event.key === 'Enter' && onOpen(item),
  }
  return (
    <Table.Tr ref={measure} data-index={at} h={rowHeight} aria-rowindex={at + 2} data-tone={tone} {...open}>
      {columns.map(({ head, cell, isAmount }) => (
        <Table.Td key={head} className={isAmount ? 'amount' : ''}>
          {cell(item)}
        </Table.Td>
      ))}
    </Table.Tr>
  )
}

function Export<Item>(props: {
  name: string
  columns: readonly Column<Item>[]
  read: (cursor: string | null) => Promise<Page<Item>>
  isEmpty: boolean
}) {
  const t = useCommonWords()
  const [isBusy, setBusy] = useState(false)
  const columns = props.columns.filter((column) => column.text)
  const write = async () => {
    setBusy(true)
    try {
      const rows: (string | null)[][] = []
      let cursor: string | null = null
      do {
        const page: Page<Item> = await props.read(cursor)
        const written = page.items.map((item) =>
          Promise.all(columns.map(async ({ text }) => (await text?.(item)) ?? null)),
        )
        rows.push(...(await Promise.all(written)))
        cursor = page.next_cursor
      } while (cursor && rows.length < mostExported)
      download(`${props.name}.csv`, csvOf([columns.map(({ head }) => head), ...rows]))
    } catch (error) {
      tell(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconDownload size={14} />}
      disabled={props.isEmpty}
      loading={isBusy}
      aria-label={t('exportCsv')}
      onClick={() => void write()}
    >
      <Text size="xs" visibleFrom="sm">
        {t('exportCsv')}
      </Text>
      <Text size="xs" hiddenFrom="sm">
        CSV
      </Text>
    </Button>
  )
}
