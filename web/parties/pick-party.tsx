import { Select, type SelectProps } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { parties } from './party-name.tsx'

interface PickProps extends Omit<SelectProps, 'data' | 'value' | 'onChange'> {
  readonly value?: string
  readonly onChange?: (id: string) => void
}

/** Chooses a supplier by the beginnings of its name; nothing for who may not see suppliers. */
export const PickSupplier = (props: PickProps) => <PickParty party="supplier" {...props} />

/** The same of customers. */
export const PickCustomer = (props: PickProps) => <PickParty party="customer" {...props} />

function PickParty({ party, value = '', onChange, ...props }: PickProps & { party: 'supplier' | 'customer' }) {
  const may = useMay()
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 200)
  const chosen = parties.use(value)
  const found = useRead(
    'parties.list-parties',
    { role: party, limit: 20, ...(search && search !== chosen?.name ? { search } : {}) },
    { enabled: may('parties.list-parties') },
  )
  if (!may('parties.list-parties')) return null
  const items = new Map(found.data?.items.map(({ id, name }) => [id, name ?? '…']))
  if (chosen) items.set(chosen.id, chosen.name ?? '…')
  return (
    <Select
      searchable
      clearable
      data={[...items].map(([id, name]) => ({ value: id, label: name }))}
      filter={({ options }) => options}
      searchValue={typed}
      onSearchChange={setTyped}
      value={value || null}
      onChange={(id) => onChange?.(id ?? '')}
      {...props}
    />
  )
}
