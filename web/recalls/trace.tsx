import { Button, Group, Paper, SegmentedControl, Stack, Table, Tabs, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import { call, type Output, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { DocumentLink } from '../inventory/document-link.tsx'
import { Signed } from '../inventory/movement-list.tsx'
import { type StockWord, useStockWords } from '../inventory/words.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { download } from '../ui/csv.ts'
import { Figure, Figures } from '../ui/figure.tsx'
import { day, quantity } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty, Pending } from '../ui/page.tsx'
import { tell } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('trace', {
  byBranch: ['By branch', 'Par point de vente', 'حسب الفرع'],
  parties: ['Whom to call', 'Qui prévenir', 'من يُبلَّغ'],
  documents: ['Documents', 'Documents', 'المستندات'],
  received: ['From suppliers', 'Des fournisseurs', 'من الموردين'],
  sold: ['Sold', 'Vendu', 'المباع'],
  returned: ['Brought back', 'Rapporté', 'المرتجع'],
  written_off: ['Written off', 'Mis au rebut', 'المتلف'],
  on_hand: ['Still there', 'Restant', 'المتبقي'],
  in_transit: ['On the way', 'En route', 'في الطريق'],
  dispatched: ['Sent on', 'Expédié', 'المُحوّل'],
  arrived: ['Arrived', 'Arrivé', 'الواصل'],
  backwards: ['Where it came from', 'D’où il vient', 'من أين أتى'],
  forwards: ['Where it went', 'Où il est allé', 'إلى أين ذهب'],
  both: ['Both', 'Les deux', 'الكل'],
  party: ['Name', 'Nom', 'الاسم'],
  reach: ['How to reach', 'Contact', 'التواصل'],
  last: ['Last on', 'Dernière fois', 'آخر مرة'],
  on: ['On', 'Le', 'في'],
  kind: ['Kind', 'Type', 'النوع'],
  export: ['All documents as CSV', 'Tous les documents en CSV', 'كل المستندات CSV'],
  empty: ['Nothing moved', 'Aucun mouvement', 'لا توجد حركات'],
  noParties: ['No party is known', 'Personne de connu', 'لا يوجد طرف معروف'],
  noPartiesSay: [
    'Sales at the counter without a customer name nobody.',
    'Les ventes au comptoir sans client ne nomment personne.',
    'مبيعات الصندوق بلا عميل لا تسمّي أحدًا.',
  ],
})

type Subject = { readonly recall_id: string } | { readonly batch_id: string }
type Direction = 'backwards' | 'forwards' | 'both'

/** Where batches came from and went to: figures, branches, parties and every document. */
export function Trace({ subject }: { subject: Subject }) {
  const t = useWords()
  const trace = useRead('recalls.trace', subject)
  const [direction, setDirection] = useState<Direction>('both')
  if (!trace.data) return <Pending error={trace.error} retry={() => void trace.refetch()} />
  const { total } = trace.data
  const asked = direction === 'both' ? subject : { ...subject, direction }
  const choose = (
    <SegmentedControl
      aria-label={t('documents')}
      data={(['both', 'backwards', 'forwards'] as const).map((value) => ({ value, label: t(value) }))}
      value={direction}
      onChange={(value) => setDirection(value as Direction)}
    />
  )
  return (
    <Stack>
      <Figures>
        <Figure label={t('received')} value={quantity(total.received)} />
        <Figure label={t('sold')} value={quantity(total.sold)} tone={total.sold === '0' ? 'plain' : 'warn'} />
        <Figure label={t('on_hand')} value={quantity(total.on_hand)} tone={total.on_hand === '0' ? 'plain' : 'soon'} />
        <Figure label={t('in_transit')} value={quantity(total.in_transit)} />
      </Figures>
      <Tabs defaultValue="branches" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="branches">{t('byBranch')}</Tabs.Tab>
          <Tabs.Tab value="parties">{t('parties')}</Tabs.Tab>
          <Tabs.Tab value="documents">{t('documents')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="branches">
          <ByBranch trace={trace.data} />
        </Tabs.Panel>
        <Tabs.Panel value="parties">
          <Parties input={asked} filters={choose} />
        </Tabs.Panel>
        <Tabs.Panel value="documents">
          <Documents
            input={asked}
            filters={
              <Group gap="sm">
                {choose}
                <Export input={asked} />
              </Group>
            }
          />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

function ByBranch({ trace }: { trace: Output<'recalls.trace'> }) {
  const t = useWords()
  const stock = useStockWords()
  const common = useCommonWords()
  const { branchName } = useBranchOf()
  const columns = ['received', 'arrived', 'sold', 'returned', 'written_off', 'dispatched', 'on_hand'] as const
  const numbers = new Map(trace.batches.map((batch) => [batch.batch_id, batch.number]))
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={820}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{common('branch')}</Table.Th>
              <Table.Th>{stock('batch')}</Table.Th>
              {columns.map((column) => (
                <Table.Th key={column} className="amount">
                  {t(column)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {trace.branches.map((row) => (
              <Table.Tr key={`${row.branch_id} ${row.batch_id}`}>
                <Table.Td>{branchName(row.branch_id)}</Table.Td>
                <Table.Td>
                  <span className="code">{numbers.get(row.batch_id)}</span>
                </Table.Td>
                {columns.map((column) => (
                  <Table.Td key={column} className="amount">
                    {quantity(row[column])}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

type Asked = Subject & { readonly direction?: 'backwards' | 'forwards' }
interface ListedProps {
  readonly input: Asked
  readonly filters: React.ReactNode
}

function Parties({ input, filters }: ListedProps) {
  const t = useWords()
  return (
    <List
      operation="recalls.list-parties"
      input={input}
      keyOf={({ party_id }) => party_id}
      columns={[
        { head: t('party'), cell: (one) => one.name ?? '–', text: (one) => one.name },
        {
          head: t('reach'),
          cell: (one) => (
            <Text size="sm" component="span" className="code">
              {[one.phone, one.email].filter(Boolean).join(' · ')}
            </Text>
          ),
          text: (one) => [one.phone, one.email].filter(Boolean).join(' '),
        },
        { head: t('received'), cell: (one) => quantity(one.received), text: (one) => one.received, isAmount: true },
        { head: t('sold'), cell: (one) => quantity(one.sold), text: (one) => one.sold, isAmount: true },
        { head: t('returned'), cell: (one) => quantity(one.returned), text: (one) => one.returned, isAmount: true },
        { head: t('last'), cell: (one) => day(one.last_on), text: (one) => one.last_on },
      ]}
      label={t('parties')}
      file="recall-parties"
      filters={filters}
      empty={<Empty title={t('noParties')}>{t('noPartiesSay')}</Empty>}
    />
  )
}

function Documents({ input, filters }: ListedProps) {
  const t = useWords()
  const stock = useStockWords()
  const common = useCommonWords()
  const { branchName } = useBranchOf()
  const wordOf = (kind: string) => stock(`kind-${kind}` as StockWord)
  return (
    <List
      operation="recalls.list-documents"
      input={input}
      keyOf={(one) => `${one.posting_id} ${one.batch_id} ${one.branch_id}`}
      columns={[
        { head: t('on'), cell: (one) => day(one.on), text: (one) => one.on },
        { head: t('kind'), cell: (one) => wordOf(one.kind), text: (one) => wordOf(one.kind) },
        {
          head: stock('batch'),
          cell: (one) => <span className="code">{one.batch_number}</span>,
          text: (one) => one.batch_number,
        },
        { head: common('branch'), cell: (one) => branchName(one.branch_id), text: (one) => branchName(one.branch_id) },
        { head: t('party'), cell: (one) => one.party_name, text: (one) => one.party_name },
        {
          head: stock('quantity'),
          cell: (one) => <Signed text={one.quantity} />,
          text: (one) => one.quantity,
          isAmount: true,
        },
        { head: stock('document'), cell: (one) => <DocumentLink of={one} />, text: (one) => one.document_number },
      ]}
      label={t('documents')}
      file="recall-documents"
      filters={filters}
      empty={<Empty title={t('empty')} />}
    />
  )
}

/** The files that the server writes, 5,000 documents each. */
function Export({ input }: { input: Asked }) {
  const t = useWords()
  const may = useMay()
  const [isBusy, setBusy] = useState(false)
  if (!may('recalls.export-documents')) return null
  const write = async () => {
    setBusy(true)
    try {
      let cursor: string | null = null
      do {
        const file: Output<'recalls.export-documents'> = await call('recalls.export-documents', {
          ...input,
          ...(cursor ? { cursor } : {}),
        })
        const bytes = Uint8Array.from(atob(file.content_base64), (letter) => letter.charCodeAt(0))
        download(file.file_name, new Blob([bytes], { type: file.content_type }))
        cursor = file.next_cursor
      } while (cursor)
    } catch (error) {
      tell(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button
      variant="light"
      size="xs"
      leftSection={<IconDownload size={14} />}
      loading={isBusy}
      onClick={() => void write()}
    >
      {t('export')}
    </Button>
  )
}
