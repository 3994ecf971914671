import { TextInput, type TextInputProps } from '@mantine/core'
import { typedNumber } from './typed-number.ts'

interface AmountInputProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  readonly value?: string
  readonly onChange?: (text: string) => void
  readonly currency: string
}

/** An amount as the server takes it: digits of any script and either decimal mark are typed, the text stays exact. */
export function AmountInput({ value = '', onChange, currency, ...props }: AmountInputProps) {
  return (
    <TextInput
      inputMode="decimal"
      autoComplete="off"
      value={value}
      onChange={(event) => onChange?.(plainAmount(event.currentTarget.value))}
      onFocus={(event) => event.currentTarget.select()}
      rightSection={currency}
      rightSectionWidth={56}
      rightSectionProps={{ style: { fontSize: 'var(--mantine-font-size-xs)' } }}
      styles={{ input: { fontVariantNumeric: 'tabular-nums' } }}
      {...props}
    />
  )
}

/** What was typed, in western digits with a point. */
function plainAmount(typed: string): string {
  return typedNumber(typed).replace(/[^\d.-]/g, '')
}
