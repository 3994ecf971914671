import { Popover, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { Facts } from '../ui/facts.tsx'
import { defineWords } from '../ui/words.ts'
import { useRow } from './rows-of.ts'
import type { Import, ImportError } from './use-import.ts'

const useWords = defineWords('import-row', {
  whole: ['All of row {{row}}', 'Toute la ligne {{row}}', 'الصف {{row}} كله'],
})

const mostCells = 3

/** What else the row says, by which a person knows it again; all of it when it is asked for. */
export function RowOfError({ of, error: { row_number, column } }: { of: Import; error: ImportError }) {
  const t = useWords()
  const row = useRow(of, row_number)
  if (!row) return null
  const named = t('whole', { row: row_number })
  const others = row.filter(([name, text]) => name !== column && text.trim() !== '').map(([, text]) => text)
  return (
    <Popover width={380} position="bottom-start" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <UnstyledButton className="import-row">
          <VisuallyHidden>{named}: </VisuallyHidden>
          {others.slice(0, mostCells).map((text, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: cells of a row have their place alone
            <bdi key={at}>{text} </bdi>
          ))}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={named} tabIndex={-1} mah={360} style={{ overflow: 'auto', whiteSpace: 'normal' }}>
        <Text fw={600} size="sm" mb="xs">
          {named}
        </Text>
        <Facts columns={2} of={row.map(([name, text]) => [name, text && <bdi key={name}>{text}</bdi>])} />
      </Popover.Dropdown>
    </Popover>
  )
}
