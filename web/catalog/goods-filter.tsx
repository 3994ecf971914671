import { Chosen } from '../ui/chosen.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { PickVariant } from './pick-variant.tsx'
import { VariantName } from './variants.tsx'

const useWords = defineWords('goods-filter', { of: ['Only of…', 'Seulement de…', 'فقط للصنف…'] })

/** One of the goods, or all; kept in the address. */
export function GoodsFilter({ isStockedOnly = false }: { isStockedOnly?: boolean }) {
  const t = useWords()
  const { filters, set } = useFilters(['variant'])
  if (filters.variant) {
    return (
      <Chosen onRemove={() => set({ variant: null })}>
        <VariantName id={filters.variant} />
      </Chosen>
    )
  }
  return (
    <PickVariant
      isLabelHidden
      isStockedOnly={isStockedOnly}
      w="min(260px, 100%)"
      label={t('of')}
      placeholder={t('of')}
      onPick={({ variant_id }) => set({ variant: variant_id })}
    />
  )
}
