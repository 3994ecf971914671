import { Select } from '@mantine/core'
import { defineWords } from '../ui/words.ts'
import { useDevices, useRegisters } from './use-registers.ts'

const useWords = defineWords('free-registers', {
  none: [
    'Every register of this branch has a device, or is out of use: add one first.',
    'Tous les postes de caisse de ce point de vente ont un appareil ou sont hors service : ajoutez-en un.',
    'لكل صندوق في هذا الفرع جهاز أو هو خارج الخدمة: أضف صندوقًا أولًا.',
  ],
})

/** The registers of a branch that are in use and have no device yet. */
export function FreeRegisters(props: {
  label: string
  branchId: string
  value: string | null
  onChange: (id: string | null) => void
}) {
  const t = useWords()
  const { registers } = useRegisters()
  const { deviceAt } = useDevices()
  const free = registers.filter(
    ({ id, branch_id, is_active }) => branch_id === props.branchId && is_active && !deviceAt(id),
  )
  return (
    <Select
      label={props.label}
      clearable
      disabled={free.length === 0}
      description={free.length === 0 ? t('none') : undefined}
      value={props.value}
      onChange={props.onChange}
      data={free.map(({ id, code, name }) => ({ value: id, label: `${code} · ${name}` }))}
    />
  )
}
