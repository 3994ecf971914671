import { Group, TextInput } from '@mantine/core'
import { GoodsFilter } from '../catalog/goods-filter.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { MovementList } from './movement-list.tsx'
import { StockPage } from './stock-page.tsx'

const useWords = defineWords('movement-filters', {
  from: ['From', 'Du', 'من'],
  until: ['Until', 'Au', 'إلى'],
})

/** What came to the branch and left it. */
export function Movements() {
  const t = useWords()
  const { filters, set } = useFilters(['variant', 'from', 'until'])
  const days = (['from', 'until'] as const).map((key) => (
    <TextInput
      key={key}
      type="date"
      aria-label={t(key)}
      leftSection={t(key)}
      leftSectionWidth={64}
      value={filters[key] ?? ''}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
    />
  ))
  return (
    <StockPage>
      {({ id }) => (
        <MovementList
          filter={{
            branch_id: id,
            ...(filters.variant ? { variant_id: filters.variant } : {}),
            ...(filters.from ? { from: filters.from } : {}),
            ...(filters.until ? { until: filters.until } : {}),
          }}
          filters={
            <Group gap="sm">
              <GoodsFilter isStockedOnly />
              {days}
            </Group>
          }
        />
      )}
    </StockPage>
  )
}
