import { Select, TextInput } from '@mantine/core'
import { useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { PickCustomer } from '../parties/pick-party.tsx'
import { BranchFilter } from '../tenants/branch-filter.tsx'
import { PickedBadges } from '../ui/picked.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { kinds, useHistoryWords } from './words.ts'

export const filterNames = [
  ...(['number', 'branch', 'from', 'through', 'kind'] as const),
  ...(['customer', 'source', 'import', 'state'] as const),
] as const
export const states = ['counted', 'reversed'] as const

/** What documents are picked by, kept in the address. */
export function HistoryFilters() {
  const t = useHistoryWords()
  const { filters, set } = useFilters(filterNames)
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
        value={kinds.find((one) => one === filters.kind) ?? null}
        onChange={(kind) => set({ kind })}
        w={150}
      />
      <Select
        aria-label={t('state')}
        placeholder={t('anyState')}
        clearable
        data={[
          { value: 'counted', label: t('onlyCounted') },
          { value: 'reversed', label: t('onlyReversed') },
        ]}
        value={states.find((one) => one === filters.state) ?? null}
        onChange={(state) => set({ state })}
        w={170}
      />
      <BranchFilter />
      <PickCustomer
        aria-label={t('customer')}
        placeholder={t('anyCustomer')}
        value={filters.customer ?? ''}
        onChange={(customer) => set({ customer })}
        w={200}
      />
      <Links />
    </>
  )
}

/** What another page picked: a source or an import, to be taken off again. */
function Links() {
  const t = useHistoryWords()
  const { filters, set } = useFilters(filterNames)
  const name = useImportName(filters.import)
  const picked = [
    { field: 'source', says: filters.source ? t('fromSource', { name: `\u2068${filters.source}\u2069` }) : undefined },
    { field: 'import', says: filters.import ? t('fromImport', { name: `\u2068${name ?? '…'}\u2069` }) : undefined },
  ] as const
  return <PickedBadges picked={picked} onClear={(field) => set({ [field]: null })} />
}

/** What an import is called, for who may see it. */
export function useImportName(id: string | null): string | undefined {
  const may = useMay()
  const isAsked = id !== null && may('imports.get-import')
  return useRead('imports.get-import', { id: id ?? '' }, { enabled: isAsked, staleTime: 300_000 }).data?.name
}
