import { Select, type SelectProps } from '@mantine/core'
import { useSettingWords } from './words.ts'

/** The time zone of a place. What is set already can be chosen, too, where this browser does not list it. */
export function ZoneSelect({ value, ...props }: Omit<SelectProps, 'data'>) {
  const t = useSettingWords()
  const zones = new Set([...Intl.supportedValuesOf('timeZone'), ...(value ? [value] : [])])
  return (
    <Select
      label={t('zone')}
      required
      searchable
      allowDeselect={false}
      limit={50}
      data={[...zones]}
      {...(value === undefined ? {} : { value })}
      {...props}
    />
  )
}
