import { Group, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { daysOf } from './days.ts'
import type { Field, Given } from './parameters.ts'
import { useSay } from './report-words.ts'
import { useReportWords } from './words.ts'

const own = 'own'

interface PeriodProps {
  readonly field: Field
  readonly given: Given
  readonly today: string | undefined
  readonly set: (changes: Readonly<Record<string, string | undefined>>) => void
}

/** Days that move on with the calendar, or a first and a last one. */
export function PeriodField({ field, given, today, set }: PeriodProps) {
  const t = useReportWords()
  const say = useSay()
  const { from, until } = given
  const period = String(given.period ?? field.usual)
  const choose = (value: string | null) => {
    if (value === own && today) set({ period: undefined, ...daysOf(period, today) })
    else if (value !== null && value !== own) set({ period: value, from: undefined, until: undefined })
  }
  return (
    <>
      <Select
        label={t('period')}
        allowDeselect={false}
        data={[
          ...field.choices.map((value) => ({ value, label: say([`choice/period/${value}`], value) })),
          { value: own, label: t('ownDays') },
        ]}
        maxDropdownHeight={360}
        value={from === undefined ? period : own}
        onChange={choose}
        w={190}
      />
      {typeof from === 'string' && typeof until === 'string' ? (
        <OwnDays key={`${from} ${until}`} {...{ from, until, set }} />
      ) : null}
    </>
  )
}

/** What is being typed counts once it is two days in order. */
function OwnDays(props: { from: string; until: string; set: PeriodProps['set'] }) {
  const t = useReportWords()
  const [days, setDays] = useState({ from: props.from, until: props.until })
  const isCrossed = days.from !== '' && days.until !== '' && days.from > days.until
  const change = (changed: Partial<typeof days>) => {
    const next = { ...days, ...changed }
    setDays(next)
    if (next.from !== '' && next.until !== '' && next.from <= next.until) props.set(next)
  }
  return (
    <Group gap="sm" align="flex-start">
      <TextInput
        type="date"
        label={t('from')}
        value={days.from}
        onChange={(event) => change({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t('until')}
        value={days.until}
        error={isCrossed ? t('daysCrossed') : null}
        onChange={(event) => change({ until: event.currentTarget.value })}
      />
    </Group>
  )
}
