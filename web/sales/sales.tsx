import { Badge, Group, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { Input, Output } from '../api.ts'
import { useBranch } from '../identity/session.ts'
import { PartyName, parties } from '../parties/party-name.tsx'
import { useRegisters } from '../registers/use-registers.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { readEmployeeName, useEmployeeName } from '../tenants/use-employees.ts'
import { dateTime, money } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { everyBranch, filterNames, SaleFilters } from './sale-filters.tsx'
import { SalesTabs } from './sales-tabs.tsx'
import { useSaleWords } from './words.ts'

export type SaleItem = Output<'sales.list-sales'>['items'][number]
type Asked = Omit<Input<'sales.list-sales'>, 'limit' | 'cursor'>

const asked = {
  number: 'number',
  register: 'register_id',
  session: 'session_id',
  cashier: 'employee_id',
  customer: 'customer_id',
  variant: 'variant_id',
  from: 'from',
  through: 'through',
  kind: 'kind',
  status: 'status',
} as const

/** Receipts of all tills, the latest first. */
export function Sales() {
  const t = useSaleWords()
  const navigate = useNavigate()
  const branch = useBranch()
  const { filters, set } = useFilters(filterNames)
  const columns = useColumns()
  const chosen = Object.entries(asked).flatMap(([name, field]) => {
    const value = filters[name as keyof typeof asked]
    return value ? [[field, value]] : []
  })
  const at = filters.branch ?? branch?.id
  const input = { ...(at && at !== everyBranch ? { branch_id: at } : {}), ...Object.fromEntries(chosen) } as Asked
  return (
    <Page title={t('title')}>
      <SalesTabs />
      <List
        operation="sales.list-sales"
        input={input}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/sales/$id', params: { id } })}
        filters={<SaleFilters filters={filters} set={set} />}
        file="sales"
        label={t('title')}
        empty={
          chosen.length > 0 ? (
            <Empty title={t('nothingFound')}>{t('nothingFoundText')}</Empty>
          ) : (
            <Empty title={t('emptyTitle')}>{t('emptyText')}</Empty>
          )
        }
      />
    </Page>
  )
}

function useColumns(): Column<SaleItem>[] {
  const t = useSaleWords()
  const { zoneOf } = useBranchOf()
  const nameOf = useEmployeeName()
  const { registerName } = useRegisters()
  const tendersOf = ({ tender_kinds }: SaleItem) => tender_kinds.map((kind) => t(kind as 'cash')).join(', ')
  return [
    { head: t('receipt'), cell: (sale) => <Numbered sale={sale} />, text: ({ number }) => number },
    {
      head: t('time'),
      cell: ({ made_at, branch_id }) => dateTime(made_at, zoneOf(branch_id)),
      text: ({ made_at }) => made_at,
    },
    { head: t('kind'), cell: ({ kind }) => t(kind), text: ({ kind }) => t(kind) },
    {
      head: t('register'),
      cell: ({ register_id }) => registerName(register_id),
      text: ({ register_id }) => registerName(register_id),
    },
    {
      head: t('cashier'),
      cell: ({ employee_id }) => employee_id && nameOf(employee_id),
      text: ({ employee_id }) => employee_id && readEmployeeName(employee_id),
    },
    {
      head: t('customer'),
      cell: ({ customer_id }) => <PartyName id={customer_id} />,
      text: async ({ customer_id }) => (customer_id ? ((await parties.read(customer_id))?.name ?? null) : null),
    },
    { head: t('paidBy'), cell: tendersOf, text: tendersOf },
    {
      head: t('total'),
      isAmount: true,
      cell: ({ total, currency }) => money(total, currency),
      text: ({ total }) => total,
    },
    { head: t('status'), cell: (sale) => <SaleMarks sale={sale} />, text: ({ status }) => t(status) },
  ]
}

function Numbered({ sale }: { sale: SaleItem }) {
  return (
    <Text span size="sm" fw={500} className="code">
      {sale.number}
    </Text>
  )
}

const colours = { completed: 'green', partly_refunded: 'orange', refunded: 'red' } as const

/** How much of a sale came back, and what else there is to know at a glance. */
export function SaleMarks({ sale }: { sale: Pick<SaleItem, 'kind' | 'status' | 'is_offline' | 'is_validated'> }) {
  const t = useSaleWords()
  return (
    <Group gap={4} wrap="nowrap">
      {sale.kind === 'refund' ? null : (
        <Badge variant="light" tt="none" color={colours[sale.status]}>
          {t(sale.status)}
        </Badge>
      )}
      {sale.is_offline ? (
        <Badge variant="light" tt="none" color="blue">
          {t('offline')}
        </Badge>
      ) : null}
      {sale.is_validated ? null : (
        <Badge variant="light" tt="none" color="red">
          {t('unsettled')}
        </Badge>
      )}
    </Group>
  )
}
