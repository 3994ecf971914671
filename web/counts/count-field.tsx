import { TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { type Output, useCommand } from '../api.ts'
import { told } from '../ui/told.tsx'
import { typedNumber } from '../ui/typed-number.ts'
import { useCountWords } from './words.ts'

type Line = Output<'counts.list-lines'>['items'][number]

interface CountFieldProps {
  readonly countId: string
  readonly line: Line
  /** What was typed and is not kept by the server yet, by line: a row that is scrolled away comes back with it. */
  readonly drafts: Map<string, string>
}

/** The field of a line: Enter keeps what was counted and goes to the next one. Untouched it says what others counted. */
export function CountField({ countId, line, drafts }: CountFieldProps) {
  const words = useCountWords()
  const [typed, setTyped] = useState(drafts.get(line.id))
  const [fault, setFault] = useState<ReactNode>()
  const enter = useCommand('counts.enter-lines')
  const type = (text: string | undefined) => {
    setTyped(text)
    if (text === undefined) drafts.delete(line.id)
    else drafts.set(line.id, text)
  }
  const keep = () => {
    if (typed === undefined || enter.isPending) return
    if (typed === '') return type(undefined)
    const { variant_id, batch_id } = line
    const entered = { variant_id, ...(batch_id === null ? {} : { batch_id }), quantity: typed }
    setFault(undefined)
    // Also of a row that was scrolled away meanwhile.
    void enter.mutateAsync({ id: countId, lines: [entered] }).then(
      () => type(undefined),
      (error) => setFault(told(error)),
    )
  }
  const typeKey = (event: React.KeyboardEvent<HTMLInputElement>) => {
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const fields = [...document.querySelectorAll<HTMLInputElement>('[data-count-field]')]
    const next = fields[fields.indexOf(event.currentTarget) + step]
    if (next) next.focus()
    else keep()
  }
  return (
    <TextInput
      w={120}
      size="sm"
      inputMode="decimal"
      autoComplete="off"
      aria-label={[words('counted'), line.name, line.batch_number].filter(Boolean).join(' · ')}
      data-count-field
      value={typed ?? line.counted ?? ''}
      error={fault}
      disabled={enter.isPending}
      onChange={(event) => type(typedNumber(event.currentTarget.value))}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={keep}
      onKeyDown={typeKey}
    />
  )
}
