import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useCommonWords } from './common-words.ts'
import { Empty } from './page.tsx'
import { useFilters } from './use-filters.ts'

/** What an empty list says: that nothing fits while one of these filters is set, and else what is given. */
export function NothingFits({ filters: keys, otherwise }: { filters: readonly string[]; otherwise: ReactNode }) {
  const t = useCommonWords()
  const { filters, set } = useFilters(keys)
  if (keys.every((key) => filters[key] === null)) return otherwise
  const clear = () => set(Object.fromEntries(keys.map((key) => [key, null])))
  return (
    <Empty
      title={t('nothingFits')}
      action={
        <Button variant="default" onClick={clear}>
          {t('showAll')}
        </Button>
      }
    />
  )
}
