import { Badge, CloseButton, Group, Select, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useBranches } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import type { useFilters } from '../ui/filters.ts'
import { useLookUp } from '../ui/names.ts'
import { SearchField } from '../ui/search-field.tsx'
import { useWholeList } from '../ui/whole-list.ts'
import { useRegisters } from './use-sales.ts'
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

type Chosen = ReturnType<typeof useFilters<(typeof filterNames)[number]>>

/** What receipts are picked by. */
export function SaleFilters({ filters, filter }: { filters: Chosen[0]; filter: Chosen[1] }) {
  const t = useSaleWords()
  const date = (field: 'from' | 'through') => (
    <TextInput
      type="date"
      aria-label={t(field)}
      value={filters[field] ?? ''}
      onChange={(event) => filter({ [field]: event.currentTarget.value })}
    />
  )
  return (
    <>
      <SearchField value={filters.number ?? ''} label={t('number')} onSearch={(number) => filter({ number })} />
      {date('from')}
      {date('through')}
      <Select
        aria-label={t('kind')}
        placeholder={t('anyKind')}
        clearable
        data={kinds.map((value) => ({ value, label: t(value) }))}
        value={filters.kind ?? null}
        onChange={(kind) => filter({ kind })}
        w={150}
      />
      <Select
        aria-label={t('status')}
        placeholder={t('anyStatus')}
        clearable
        data={statuses.map((value) => ({ value, label: t(value) }))}
        value={filters.status ?? null}
        onChange={(status) => filter({ status })}
        w={160}
      />
      <Places filters={filters} filter={filter} />
      <Links filters={filters} filter={filter} />
    </>
  )
}

function Places({ filters, filter }: { filters: Chosen[0]; filter: Chosen[1] }) {
  const t = useSaleWords()
  const { branches, branch } = useBranches()
  const at = filters.branch ?? branch?.id ?? everyBranch
  const registers = useRegisters().filter(({ branch_id }) => at === everyBranch || branch_id === at)
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
        onChange={(value) => filter({ [field]: value })}
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
          onChange={(value) => filter({ branch: value, register: null, session: null })}
          w={190}
        />
      ) : null}
      {choice(
        'register',
        t('anyRegister'),
        registers.map(({ id, name }) => ({ value: id, label: name })),
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
function Links({ filters, filter }: { filters: Chosen[0]; filter: Chosen[1] }) {
  const t = useSaleWords()
  const common = useCommonWords()
  const session = useLookUp('cash.look-up-sessions', filters.session)
  const customer = useLookUp('parties.look-up-parties', filters.customer)
  const variant = useLookUp('catalog.look-up-variants', filters.variant)
  const picked = [
    ['session', session ? t('session', { number: session.number }) : undefined],
    ['customer', customer?.name],
    ['variant', variant?.name],
  ] as const
  return (
    <Group gap={4}>
      {picked.map(([field, name]) =>
        filters[field] ? (
          <Badge
            key={field}
            size="lg"
            variant="light"
            tt="none"
            rightSection={
              <CloseButton
                size="xs"
                aria-label={`${common('clear')}: ${name}`}
                onClick={() => filter({ [field]: null })}
              />
            }
          >
            {name ?? '…'}
          </Badge>
        ) : null,
      )}
    </Group>
  )
}
