import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useCommonWords } from './common-words.ts'

/** A field to search with: what is typed counts when typing rests. The key / leads to it. */
export function SearchField(props: { value: string; label: string; onSearch: (text: string) => void }) {
  const t = useCommonWords()
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(props.value)
  const send = useDebouncedCallback(props.onSearch, 250)
  const change = (next: string) => {
    setText(next)
    send(next.trim())
  }
  useHotkeys([['/', () => field.current?.focus()]])
  return (
    <TextInput
      ref={field}
      type="search"
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      aria-label={props.label}
      placeholder={props.label}
      leftSection={<IconSearch size={16} />}
      rightSection={text === '' ? null : <CloseButton size="sm" aria-label={t('clear')} onClick={() => change('')} />}
      w={{ base: '100%', xs: 280 }}
      autoComplete="off"
    />
  )
}
