import { Group, Text } from '@mantine/core'
import { useRead } from '../api.ts'
import { day } from '../ui/format.ts'
import { Tag, type Tone } from '../ui/tag.tsx'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('expiry', {
  expired: ['Expired', 'Périmé', 'منتهية'],
  soon: ['{{count}} days', '{{count}} jours', '{{count}} يومًا'],
  soon_zero: ['Last day', 'Dernier jour', 'آخر يوم'],
  soon_one: ['{{count}} day', '{{count}} jour', 'يوم واحد'],
  soon_two: ['{{count}} days', '{{count}} jours', 'يومان'],
  soon_few: ['{{count}} days', '{{count}} jours', '{{count}} أيام'],
  today: ['Last day', 'Dernier jour', 'آخر يوم'],
  later: ['Later', 'Plus tard', 'لاحقًا'],
  never: ['Never', 'Sans', 'بلا تاريخ'],
})

/** Within how many days a batch is pressing, and soon to be. */
export const horizons = { near: 30, far: 90 } as const

/** So many days after a day. */
export function plusDays(from: string, days: number): string {
  return new Date(Date.parse(`${from}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

function daysLeft(expiresOn: string, today: string): number {
  return (Date.parse(expiresOn) - Date.parse(today)) / 86_400_000
}

/** How pressing a last day is. */
export function toneOfExpiry(expiresOn: string | null, today: string): Tone {
  if (expiresOn === null) return 'plain'
  const left = daysLeft(expiresOn, today)
  if (left < 0) return 'bad'
  if (left <= horizons.near) return 'warn'
  return left <= horizons.far ? 'soon' : 'good'
}

/** The last day of a batch with how far it is, in a colour and in a word. */
export function Expiry({ on, today }: { on: string | null; today: string }) {
  const t = useWords()
  const tone = toneOfExpiry(on, today)
  const left = on === null ? 0 : daysLeft(on, today)
  const near = left === 0 ? t('today') : t('soon', { count: left })
  const word = { bad: t('expired'), warn: near, soon: near, good: t('later'), plain: t('never'), info: '' }[tone]
  return (
    <Group gap="xs" wrap="nowrap">
      {on === null ? null : (
        <Text size="sm" component="span" style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
          {day(on)}
        </Text>
      )}
      <Tag tone={tone}>{word}</Tag>
    </Group>
  )
}

/** What all stock of a branch is worth, for who may know. */
export function useStockTotal(branchId: string | undefined, isEnabled: boolean) {
  const { data } = useRead(
    'valuation.list-totals',
    { by: 'branch', ...(branchId ? { branch_id: branchId } : {}) },
    { enabled: isEnabled && branchId !== undefined },
  )
  return data?.items[0]
}
