import { Badge, Combobox, Group, Loader, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconBarcode } from '@tabler/icons-react'
import { type ReactNode, type Ref, useState } from 'react'
import { call, type Output, problemOf, useRead } from '../api.ts'
import { told } from '../ui/told.tsx'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('pick-variant', {
  label: ['Goods', 'Article', 'الصنف'],
  hint: ['Name, SKU, or scan', 'Nom, référence ou scan', 'الاسم أو الرمز أو امسح الباركود'],
  nothing: ['Nothing is called that', 'Aucun article de ce nom', 'لا يوجد صنف بهذا الاسم'],
  prescription: ['Rx', 'Ordonnance', 'بوصفة'],
  discontinued: ['Discontinued', 'Arrêté', 'متوقف'],
  notStocked: ['This is not kept in stock.', 'Cet article n’est pas stocké.', 'هذا الصنف غير مخزّن.'],
})

type Hit = Output<'catalog.search'>['items'][number]
type Scanned = Output<'catalog.scan'>

/** The variant that was chosen; what a label said beside it, such as a lot, where one was scanned. */
export interface PickedVariant {
  readonly variant_id: string
  readonly product_id: string
  readonly name: string
  readonly sku: string | null
  readonly unit_id: string
  readonly kind: Hit['kind']
  readonly is_expiry_tracked: boolean
  readonly is_prescription_only: boolean
  readonly scanned: Scanned | undefined
}

interface PickVariantProps {
  readonly onPick: (picked: PickedVariant) => void
  /** Said above the field; for screen readers only where `isLabelHidden`. */
  readonly label?: string
  readonly isLabelHidden?: boolean
  readonly placeholder?: string
  readonly error?: ReactNode
  readonly autoFocus?: boolean
  readonly disabled?: boolean
  /** Offers nothing that has no stock of its own. */
  readonly isStockedOnly?: boolean
  readonly w?: number | string
  readonly ref?: Ref<HTMLInputElement>
}

/**
 * Finds goods as one types, by the search of the server, or by what a scanner types and ends with Enter. It is empty again
 * after each choice, ready for the next one.
 */
export function PickVariant(props: PickVariantProps) {
  const t = useWords()
  const box = useCombobox({ onDropdownClose: () => box.resetSelectedOption() })
  const { text, setText, hits, isBusy, scan, fault, setFault, isSearched } = useFinding(props.isStockedOnly ?? false)
  const pick = (found: Hit | Scanned, scanned?: Scanned) => {
    setText('')
    box.closeDropdown()
    props.onPick(pickedOf(found, scanned))
  }
  const enter = async () => {
    const scanned = await scan()
    if (scanned) pick(scanned, scanned)
    else box.openDropdown()
  }
  const typeKey = (event: React.KeyboardEvent) => {
    // Scanners send FNC1, which parts the fields of GS1, as Ctrl and a bracket.
    if (event.ctrlKey && event.key === ']') {
      event.preventDefault()
      setText(`${text}\u001d`)
    }
    if (event.key !== 'Enter' || text.trim() === '') return
    if (box.getSelectedOptionIndex() >= 0 && box.dropdownOpened) return
    event.preventDefault()
    void enter()
  }
  const label = props.label ?? t('label')
  return (
    <Combobox
      store={box}
      onOptionSubmit={(id) => {
        const hit = hits.find((one) => one.variant_id === id)
        if (hit) pick(hit)
      }}
    >
      <Combobox.Target>
        <TextInput
          ref={props.ref}
          w={props.w}
          label={props.isLabelHidden ? undefined : label}
          aria-label={label}
          placeholder={props.placeholder ?? t('hint')}
          leftSection={<IconBarcode size={18} />}
          rightSection={isBusy ? <Loader size="xs" /> : null}
          autoComplete="off"
          spellCheck={false}
          data-autofocus={props.autoFocus || undefined}
          autoFocus={props.autoFocus ?? false}
          disabled={props.disabled ?? false}
          error={fault ?? props.error}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setFault(undefined)
            box.openDropdown()
          }}
          onFocus={() => text && box.openDropdown()}
          onBlur={() => box.closeDropdown()}
          onKeyDown={typeKey}
        />
      </Combobox.Target>
      {isSearched ? <Offered hits={hits} label={label} /> : null}
    </Combobox>
  )
}

function Offered({ hits, label }: { hits: readonly Hit[]; label: string }) {
  const t = useWords()
  return (
    <Combobox.Dropdown>
      <Combobox.Options mah={320} style={{ overflowY: 'auto' }} aria-label={label}>
        {hits.map((hit) => (
          <Combobox.Option key={hit.variant_id} value={hit.variant_id}>
            <HitRow hit={hit} />
          </Combobox.Option>
        ))}
        {hits.length === 0 ? <Combobox.Empty>{t('nothing')}</Combobox.Empty> : null}
      </Combobox.Options>
    </Combobox.Dropdown>
  )
}

function useFinding(isStockedOnly: boolean) {
  const t = useWords()
  const [text, setText] = useState('')
  const [search] = useDebouncedValue(text.trim(), 150)
  const [isScanning, setScanning] = useState(false)
  const [fault, setFault] = useState<ReactNode>()
  const found = useRead(
    'catalog.search',
    { text: search, limit: 20 },
    { enabled: search !== '' && !search.includes('\u001d'), placeholderData: (before) => before },
  )
  const fits = (kind: Hit['kind']) => !isStockedOnly || kind === 'stocked'
  const scan = async (): Promise<Scanned | undefined> => {
    setScanning(true)
    try {
      const scanned = await call('catalog.scan', { text: text.trim() })
      if (fits(scanned.kind)) return scanned
      setFault(t('notStocked'))
    } catch (error) {
      // What nothing bears was meant to be searched for.
      if (problemOf(error)?.code !== 'barcode_unknown' || found.data?.items.length === 0) setFault(told(error))
    } finally {
      setScanning(false)
    }
    return undefined
  }
  return {
    ...{ text, setText, fault, setFault, scan },
    hits: text.trim() === '' ? [] : (found.data?.items ?? []).filter(({ kind }) => fits(kind)),
    isSearched: text.trim() !== '' && found.data !== undefined,
    isBusy: isScanning || found.isFetching,
  }
}

function HitRow({ hit }: { hit: Hit }) {
  const t = useWords()
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" truncate>
          {nameOfHit(hit)}
        </Text>
        <Text size="xs" c="dimmed" component="span" className="code">
          {hit.sku}
        </Text>
      </div>
      <Group gap={4} wrap="nowrap">
        {hit.is_prescription_only ? <Badge variant="default">{t('prescription')}</Badge> : null}
        {hit.is_discontinued ? <Badge variant="default">{t('discontinued')}</Badge> : null}
      </Group>
    </Group>
  )
}

function nameOfHit({ name, options }: Pick<Hit, 'name' | 'options'>): string {
  return [name, ...options.map(({ value }) => value)].join(' · ')
}

function pickedOf(found: Hit | Scanned, scanned: Scanned | undefined): PickedVariant {
  const { variant_id, product_id, sku, unit_id, kind, is_expiry_tracked, is_prescription_only } = found
  const name = nameOfHit(found)
  return { variant_id, product_id, name, sku, unit_id, kind, is_expiry_tracked, is_prescription_only, scanned }
}
