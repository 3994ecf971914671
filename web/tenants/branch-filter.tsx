import { Select } from '@mantine/core'
import { useBranches } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { useFilters } from '../ui/use-filters.ts'

/** One branch, or all; kept in the address. Where there is one only, there is nothing to choose. */
export function BranchFilter() {
  const common = useCommonWords()
  const { branches } = useBranches()
  const { filters, set } = useFilters(['branch'])
  if (branches.length < 2) return null
  return (
    <Select
      aria-label={common('branch')}
      placeholder={`${common('branch')} · ${common('all')}`}
      clearable
      searchable
      w={200}
      value={filters.branch}
      onChange={(branch) => set({ branch })}
      data={branches.map(({ id, name }) => ({ value: id, label: name }))}
    />
  )
}
