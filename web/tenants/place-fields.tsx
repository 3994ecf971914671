import { MultiSelect, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { usePeopleWords } from './people-words.ts'
import { type Employee, usePlaces, useRoles } from './use-people.ts'

/** What forms hold of somebody's place of work. */
export interface PlaceValues extends Record<string, unknown> {
  display_name: string
  department: string
  role_ids: string[]
  reach: 'whole' | 'part'
  entity_ids: string[]
  region_ids: string[]
  branch_ids: string[]
}

export const noPlace: PlaceValues = {
  display_name: '',
  department: '',
  role_ids: [],
  reach: 'whole',
  entity_ids: [],
  region_ids: [],
  branch_ids: [],
}

/** What stands in the form for somebody who is there. */
export function valuesOf({ display_name, department, role_ids, scope }: Employee): PlaceValues {
  const part = scope ?? { entity_ids: [], region_ids: [], branch_ids: [] }
  return { display_name, department: department ?? '', role_ids, reach: scope ? 'part' : 'whole', ...part }
}

export function scopeOf({ reach, entity_ids, region_ids, branch_ids }: PlaceValues) {
  return reach === 'whole' ? null : { entity_ids, region_ids, branch_ids }
}

type Field = keyof PlaceValues & string
interface FormOf {
  readonly values: PlaceValues
  readonly getInputProps: (name: Field) => object
}

/** Name, roles, and which part of the tenant somebody works in. */
export function PlaceFields({ form }: { form: FormOf }) {
  const t = usePeopleWords()
  const { choices } = useRoles()
  const places = usePlaces()
  const parts = [
    ['branch_ids', t('branches'), places.branches],
    ['region_ids', t('regions'), places.regions],
    ['entity_ids', t('entities'), places.entities],
  ] as const
  return (
    <>
      <TextInput label={t('name')} required autoComplete="off" {...form.getInputProps('display_name')} />
      <TextInput label={t('department')} autoComplete="off" {...form.getInputProps('department')} />
      <MultiSelect label={t('roles')} data={choices} searchable {...form.getInputProps('role_ids')} />
      <Stack gap={4}>
        <Text size="sm" fw={600} id="works-in">
          {t('worksIn')}
        </Text>
        <SegmentedControl
          aria-labelledby="works-in"
          data={[
            { value: 'whole', label: t('whole') },
            { value: 'part', label: t('part') },
          ]}
          {...form.getInputProps('reach')}
        />
      </Stack>
      {form.values.reach === 'part'
        ? parts
            .filter(([field, , data]) => data.length > 0 || form.values[field].length > 0)
            .map(([field, label, data]) => (
              <MultiSelect key={field} label={label} data={data} searchable clearable {...form.getInputProps(field)} />
            ))
        : null}
    </>
  )
}
