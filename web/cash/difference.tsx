import { Text } from '@mantine/core'
import { isZero, money } from '../ui/format.ts'

/** What is over or short: by sign and by colour. */
export function Difference({ amount, currency }: { amount: string | null; currency: string }) {
  if (amount === null)
    return (
      <Text component="span" inherit c="dimmed">
        —
      </Text>
    )
  if (isZero(amount))
    return (
      <Text component="span" inherit c="dimmed">
        {money('0', currency)}
      </Text>
    )
  const isShort = amount.startsWith('-')
  return (
    <Text component="span" inherit c={isShort ? 'red' : 'teal'} fw={650} className="amount">
      {isShort ? '' : '+'}
      {money(amount, currency)}
    </Text>
  )
}
