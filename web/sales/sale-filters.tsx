import { Select, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { sessions } from '../cash/session-numbers.ts'
import { variants } from '../catalog/variants.tsx'
import { useBranches } from '../identity/session.ts'
import { parties } from '../parties/party-name.tsx'
import { useRegisters } from '../registers/use-registers.ts'
import { PickedBadges } from '../ui/picked.tsx'
import { SearchField } from '../ui/search-field.tsx'
import type { useFilters } from '../ui/use-filters.ts'
import { useWholeList } from '../ui/whole-list.ts'
import { useSaleWords } from './words.ts'

export const filterNames = [
  'number',
  'branch',
  'register',
  'session',
  'cashier',
  'customer',
  'variant',
  'from',
  'through',
  'kind',
  'status',
] as const
/** In place of a branch: all of them. */
export const everyBranch = 'all'

const kinds = ['sale', 'refund', 'exchange'] as const
const statuses = ['completed', 'partly_refunded', 'refunded'] as const

type Filtering = ReturnType<typeof useFilters<(typeof filterNames)[number]>>

/** What receipts are picked by. */
export function SaleFilters({ filters, set }: Filtering) {
  const t = useSaleWords()
  const date = (field: 'from' | 'through') => (
    <TextInput
      type="date"
      aria-label={t(field)}
      value={filters[field] ?? ''}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
    />
  )
  return (
    <>
      <SearchField value={filters.number ?? ''} label={t('number')} onSearch={(number) => set({ number })} />
      {date('from')}
      {date('through')}
      <Select
        aria-label={t('kind')}
        placeholder={t('anyKind')}
        clearable
        data={kinds.map((value) => ({ value, label: t(value) }))}
        value={filters.kind ?? null}
        onChange={(kind) => set({ kind })}
        w={150}
      />
      <Select
        aria-label={t('status')}
        placeholder={t('anyStatus')}
        clearable
        data={statuses.map((value) => ({ value, label: t(value) }))}
        value={filters.status ?? null}
        onChange={(status) => set({ status })}
        w={160}
      />
      <Places filters={filters} set={set} />
      <Links filters={filters} set={set} />
    </>
  )
}

function Places({ filters, set }: Filtering) {
  const t = useSaleWords()
  const { branches, branch } = useBranches()
  const at = filters.branch ?? branch?.id ?? everyBranch
  const { registers } = useRegisters()
  const cashiers = useWholeList('tenants.list-employees', {})
  const choice = (
    field: 'register' | 'cashier',
    placeholder: string,
    all: readonly { value: string; label: string }[],
  ): ReactNode =>
    all.length > 1 || filters[field] ? (
      <Select
        aria-label={t(field)}
        placeholder={placeholder}
        clearable
        searchable
        data={[...all]}
        value={filters[field] ?? null}
        onChange={(value) => set({ [field]: value })}
        w={180}
      />
    ) : null
  return (
    <>
      {branches.length > 1 ? (
        <Select
          aria-label={t('branch')}
          allowDeselect={false}
          data={[
            { value: everyBranch, label: t('everyBranch') },
            ...branches.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={at}
          onChange={(value) => set({ branch: value, register: null, session: null })}
          w={190}
        />
      ) : null}
      {choice(
        'register',
        t('anyRegister'),
        registers
          .filter(({ branch_id }) => at === everyBranch || branch_id === at)
          .map(({ id, code, name }) => ({ value: id, label: `${code} · ${name}` })),
      )}
      {choice(
        'cashier',
        t('anyCashier'),
        cashiers.map(({ id, display_name }) => ({ value: id, label: display_name })),
      )}
    </>
  )
}

/** What another page picked: a session, a customer or an article, to be taken off again. */
function Links({ filters, set }: Filtering) {
  const t = useSaleWords()
  const session = sessions.use(filters.session)
  const customer = parties.use(filters.customer)
  const variant = variants.use(filters.variant)
  const says = (id: string | null, name: string | null | undefined) => (id ? (name ?? '…') : undefined)
  const picked = [
    { field: 'session', says: says(filters.session, session && t('session', { number: session.number })) },
    { field: 'customer', says: says(filters.customer, customer?.name) },
    { field: 'variant', says: says(filters.variant, variant?.name) },
  ] as const
  return <PickedBadges picked={picked} onClear={(field) => set({ [field]: null })} />
}
