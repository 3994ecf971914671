import { ActionIcon, Group, NumberInput, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconMinus, IconPlus } from '@tabler/icons-react'
import Decimal from 'decimal.js'
import type { KeyboardEvent } from 'react'
import { money, quantity } from '../ui/format.ts'
import { defineWords } from '../ui/words.ts'
import { coinageOf } from './denominations.ts'

const useWords = defineWords('coin-counter', {
  notes: ['Notes', 'Billets', 'أوراق نقدية'],
  coins: ['Coins', 'Pièces', 'قطع نقدية'],
  howMany: ['How many of {{value}}', 'Combien de {{value}}', 'عدد {{value}}'],
  more: ['One more of {{value}}', 'Un de plus : {{value}}', 'زيادة واحد من {{value}}'],
  fewer: ['One fewer of {{value}}', 'Un de moins : {{value}}', 'إنقاص واحد من {{value}}'],
})

/** How many there are of each, by kind and value, such as `notes:200`. */
export type Quantities = Readonly<Record<string, number>>

const kinds = ['notes', 'coins'] as const

/** Steppers for the notes and coins of a currency, large enough for fingers; Enter goes on to the next. */
export function CoinCounter(props: {
  currency: string
  quantities: Quantities
  onChange: (quantities: Quantities) => void
}) {
  const t = useWords()
  const coinage = coinageOf(props.currency)
  if (!coinage) return null
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
      {kinds.map((kind) => (
        <Stack key={kind} gap={6} role="group" aria-label={t(kind)}>
          <Text size="sm" c="dimmed" fw={650}>
            {`${t(kind)} · ${props.currency}`}
          </Text>
          {coinage[kind].map((value) => (
            <Stepper
              key={value}
              value={value}
              currency={props.currency}
              quantity={props.quantities[`${kind}:${value}`] ?? 0}
              onChange={(quantity) => props.onChange({ ...props.quantities, [`${kind}:${value}`]: quantity })}
            />
          ))}
        </Stack>
      ))}
    </SimpleGrid>
  )
}

/** What they come to, exactly. */
export function sumOf(quantities: Quantities): string {
  return entriesOf(quantities)
    .reduce((sum, [value, quantity]) => sum.plus(new Decimal(value).times(quantity)), new Decimal(0))
    .toFixed()
}

/** As a count takes them: each value once, and only what there is. */
export function denominationsOf(quantities: Quantities): { value: string; quantity: number }[] {
  const byValue = new Map<string, number>()
  for (const [value, quantity] of entriesOf(quantities)) byValue.set(value, (byValue.get(value) ?? 0) + quantity)
  return [...byValue].map(([value, quantity]) => ({ value, quantity }))
}

function entriesOf(quantities: Quantities): [string, number][] {
  return Object.entries(quantities)
    .filter(([, quantity]) => quantity > 0)
    .map(([key, quantity]) => [key.split(':')[1] ?? '0', quantity])
}

function Stepper(props: { value: string; currency: string; quantity: number; onChange: (quantity: number) => void }) {
  const t = useWords()
  const { quantity, onChange } = props
  const value = money(props.value, props.currency)
  return (
    <Group gap="xs" wrap="nowrap">
      <Text w={60} className="amount" fw={600} aria-hidden>
        {shortOf(props.value)}
      </Text>
      <ActionIcon
        variant="default"
        size={44}
        aria-label={t('fewer', { value })}
        disabled={quantity === 0}
        onClick={() => onChange(quantity - 1)}
      >
        <IconMinus size={18} />
      </ActionIcon>
      <NumberInput
        aria-label={t('howMany', { value })}
        value={quantity === 0 ? '' : quantity}
        onChange={(next) => onChange(typeof next === 'number' ? next : 0)}
        onFocus={(event) => event.currentTarget.select()}
        onKeyDown={goOn}
        placeholder="0"
        hideControls
        allowNegative={false}
        allowDecimal={false}
        max={1_000_000}
        clampBehavior="strict"
        inputMode="numeric"
        size="md"
        w={72}
        styles={{ input: { textAlign: 'center', minHeight: 44 } }}
      />
      <ActionIcon variant="default" size={44} aria-label={t('more', { value })} onClick={() => onChange(quantity + 1)}>
        <IconPlus size={18} />
      </ActionIcon>
      <Text flex={1} className="amount" size="sm" c="dimmed">
        {quantity === 0 ? '' : money(new Decimal(props.value).times(quantity).toFixed(), props.currency)}
      </Text>
    </Group>
  )
}

/** `0.50` as people read it, in digits of the west. */
const shortOf = (value: string) => quantity(value, value.split('.')[1]?.length ?? 0)

/** Enter goes to the next field of the form, as on the number pads of tills. */
function goOn(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key !== 'Enter') return
  const fields = [...(event.currentTarget.form?.querySelectorAll<HTMLInputElement>('input:not([type=radio])') ?? [])]
  const next = fields[fields.indexOf(event.currentTarget) + 1]
  if (!next) return
  event.preventDefault()
  next.focus()
}
