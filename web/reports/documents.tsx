import { Anchor, Drawer, Group, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { OperationName, Output } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { day } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { figureText, isNumeric, shownColumns, useCellText } from './cells.ts'
import type { Given } from './parameters.ts'
import type { Drilled } from './report-table.tsx'
import { useSay } from './report-words.ts'
import type { Result } from './use-reports.ts'
import { useReportWords } from './words.ts'

type Document = Output<'reports.drill-figure'>['items'][number]

interface DocumentsProps {
  readonly result: Result
  readonly given: Given
  readonly of: Drilled
  readonly onClose: () => void
}

/** The documents that a figure is made of, and what each adds to it. */
export function Documents({ result, given, of: { row, column }, onClose }: DocumentsProps) {
  const t = useReportWords()
  const common = useCommonWords()
  const { labelOf, textOf } = useCellText(result.report)
  const columns = useColumns(column.kind, row.cells.currency ?? null)
  const told = shownColumns(result).filter((one) => !isNumeric(one) && one.name !== 'currency')
  const about = told.map((one) => textOf(one, row)).filter(Boolean)
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={760}
      title={labelOf(column)}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack>
        <div>
          <Text>{about.join(' · ')}</Text>
          <Group gap="xs" align="baseline">
            <Text c="dimmed">{t('comesTo')}</Text>
            <Text fw={650} size="lg" className="amount">
              {textOf(column, row)}
            </Text>
          </Group>
        </div>
        <List
          operation="reports.drill-figure"
          input={{ report: result.report, parameters: given, key: row.key, figure: column.name }}
          columns={columns}
          keyOf={({ kind, id, branch_id, day, amount }) => `${kind} ${id} ${branch_id} ${day} ${amount}`}
          file={`${result.report}-${column.name}`}
          label={t('documents')}
          empty={<Empty title={t('noDocuments')} />}
        />
      </Stack>
    </Drawer>
  )
}

function useColumns(kind: Drilled['column']['kind'], currency: string | null): Column<Document>[] {
  const t = useReportWords()
  const common = useCommonWords()
  const say = useSay()
  const { isOne, branchName } = useBranchOf()
  const kindOf = (one: Document) => say([`document/${one.source}/${one.kind}`, `document/${one.kind}`], one.kind)
  const branch: Column<Document> = {
    head: common('branch'),
    cell: ({ branch_id }) => branchName(branch_id),
    text: ({ branch_id }) => branchName(branch_id),
  }
  return [
    { head: t('document'), cell: (one) => <DocumentName of={one} kind={kindOf(one)} />, text: ({ number }) => number },
    { head: t('kind'), cell: kindOf, text: kindOf },
    { head: t('day'), cell: (one) => (one.day ? day(one.day) : ''), text: (one) => one.day },
    ...(isOne ? [] : [branch]),
    {
      head: t('adds'),
      cell: ({ amount }) => figureText(kind, amount, currency),
      text: ({ amount }) => amount,
      isAmount: true,
    },
  ]
}

/** What a document is called, which leads to its page. */
function DocumentName({ of, kind }: { of: Document; kind: string }) {
  const may = useMay()
  const [to, operation] = placeOf(of)
  const name = (
    <>
      {of.number ? <span className="code">{of.number}</span> : null}
      {of.number && of.name ? ' · ' : ''}
      {of.name}
      {of.number || of.name ? null : kind}
    </>
  )
  if (!to || !operation || !may(operation)) return <Text size="sm">{name}</Text>
  return (
    <Anchor size="sm" renderRoot={(props) => <Link to={to} {...props} />}>
      {name}
    </Anchor>
  )
}

function placeOf({ kind, source, id }: Document): readonly [to?: string, operation?: OperationName] {
  if (source === 'history') return [`/sales/earlier/${id}`, 'history.get-document']
  if (['sale', 'refund', 'exchange', 'correction'].includes(kind)) return [`/sales/${id}`, 'sales.get-sale']
  if (kind === 'cash_session') return [`/cash/${id}`, 'cash.get-session']
  if (kind === 'batch') return [`/stock/batches/${id}`, 'inventory.list-batches']
  return kind === 'stock' ? [`/stock/goods/${id}`, 'inventory.list-levels'] : []
}
