import { Group, SegmentedControl, Select } from '@mantine/core'
import { BranchFilter } from '../tenants/branch-filter.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { exceptionKinds, useFaultWords } from './fault-words.ts'
import { useSyncWords } from './words.ts'

const filterKeys = ['branch', 'settled', 'kind', 'show'] as const

/** What the lists are filtered by: what is to be settled, unless asked otherwise; and which row is open. */
export function useSyncFilters() {
  const { filters, set } = useFilters(filterKeys)
  const { branch, settled, kind, show } = filters
  const input = {
    ...(branch ? { branch_id: branch } : {}),
    ...(settled === 'all' ? {} : { is_resolved: settled === 'yes' }),
  }
  return { input, branch, settled: settled ?? 'no', kind, show, set }
}

/** The same as controls; with the kinds of exceptions for those. */
export function SyncFilters({ withKinds = false }: { withKinds?: boolean }) {
  const t = useSyncWords()
  const faults = useFaultWords()
  const { settled, kind, set } = useSyncFilters()
  return (
    <Group gap="xs">
      <SegmentedControl
        aria-label={t('state')}
        value={settled}
        onChange={(next) => set({ settled: next === 'no' ? null : next })}
        data={[
          { value: 'no', label: t('open') },
          { value: 'yes', label: t('settled') },
          { value: 'all', label: t('all') },
        ]}
      />
      <BranchFilter />
      {withKinds ? (
        <Select
          aria-label={t('what')}
          placeholder={t('anyKind')}
          clearable
          searchable
          w={280}
          value={kind}
          onChange={(next) => set({ kind: next })}
          data={exceptionKinds.map((one) => ({ value: one, label: faults(one) }))}
        />
      ) : null}
    </Group>
  )
}
