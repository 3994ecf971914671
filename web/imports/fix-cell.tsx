import { ActionIcon, Button, Group, Loader, TextInput, Tooltip } from '@mantine/core'
import { IconCheck, IconChecks } from '@tabler/icons-react'
import { type KeyboardEvent, useState } from 'react'
import { useCommand } from '../api.ts'
import { tell } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { keepCell } from './rows-of.ts'
import type { Import, ImportError } from './use-import.ts'

const useWords = defineWords('import-fix', {
  cell: ['Row {{row}}, {{column}}', 'Ligne {{row}}, {{column}}', 'الصف {{row}}، {{column}}'],
  save: ['Save: row {{row}}, {{column}}', 'Enregistrer : ligne {{row}}, {{column}}', 'حفظ: الصف {{row}}، {{column}}'],
  alike: [
    'In all cells that are wrong like this',
    'Dans toutes les cellules ayant la même erreur',
    'في كل الخلايا التي فيها الخطأ نفسه',
  ],
  take: ['Take {{value}} in row {{row}}', 'Prendre {{value}}, ligne {{row}}', 'قبول {{value}} في الصف {{row}}'],
})

/** Puts a value in the place of a cell. */
function useFix(of: Import, { row_number, column: named }: ImportError) {
  const command = useCommand('imports.fix-cell')
  const column = named ?? ''
  const fix = async (value: string) => {
    try {
      await command.mutateAsync({ id: of.id, row_number, column, value: value === '' ? null : value })
      keepCell(of, row_number, [column, value])
    } catch (error) {
      tell(error)
    }
  }
  return { fix, isSending: command.isPending }
}

interface FixProps {
  readonly of: Import
  readonly error: ImportError
  /** Given where other cells are wrong in the same way. */
  readonly onAlike?: (error: ImportError, value: string) => void
}

/** The cell that is wrong, to be written anew: Enter saves it and goes to the next. */
export function FixCell({ of, error, onAlike }: FixProps) {
  const t = useWords()
  const { fix, isSending } = useFix(of, error)
  const was = error.original_value ?? ''
  const [typed, setTyped] = useState<string>()
  const text = typed ?? was
  const { column, row_number: row } = error
  // What concerns the whole row has no cell, and whoever may not read files sees none.
  if (column === null || error.original_value === null) return null
  const isOther = text !== was
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') setTyped(undefined)
    if (event.key !== 'Enter' || isSending) return
    event.preventDefault()
    focusNext(event.currentTarget)
    if (isOther) void fix(text)
  }
  const named = { row, column }
  return (
    <Group gap={4} wrap="nowrap">
      <TextInput
        data-fix
        size="xs"
        w={{ base: 130, sm: 200 }}
        aria-label={t('cell', named)}
        value={text}
        dir="auto"
        readOnly={isSending}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        rightSection={isSending ? <Loader size={14} /> : null}
      />
      {isOther && !isSending ? (
        <Tooltip label={t('save', named)}>
          <ActionIcon variant="light" aria-label={t('save', named)} onClick={() => void fix(text)}>
            <IconCheck size={16} />
          </ActionIcon>
        </Tooltip>
      ) : null}
      {isOther && !isSending && onAlike ? (
        <Tooltip label={t('alike')}>
          <ActionIcon variant="light" aria-label={t('alike')} onClick={() => onAlike(error, text)}>
            <IconChecks size={16} />
          </ActionIcon>
        </Tooltip>
      ) : null}
    </Group>
  )
}

/** A saved row goes; who types on is in the next one by then. */
function focusNext(field: HTMLInputElement): void {
  const all = [...document.querySelectorAll<HTMLInputElement>('input[data-fix]')]
  const next = all[all.indexOf(field) + 1] ?? all[all.indexOf(field) - 1]
  next?.focus()
  next?.select()
}

/** What the cell may have meant, to be taken. */
export function Suggestion({ of, error }: { of: Import; error: ImportError }) {
  const t = useWords()
  const { fix, isSending } = useFix(of, error)
  const { suggested_value: value, row_number: row, column } = error
  if (value === null || column === null) return null
  return (
    <Button
      variant="light"
      size="compact-sm"
      loading={isSending}
      aria-label={t('take', { value, row })}
      onClick={() => void fix(value)}
    >
      <bdi>{value}</bdi>
    </Button>
  )
}
