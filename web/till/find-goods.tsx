import { ActionIcon, Badge, Box, Group, Image, Paper, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconCamera, IconSearch, IconStar, IconStarFilled } from '@tabler/icons-react'
import {
  lazy,
  memo,
  Suspense,
  useCallback,
  useDeferredValue,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
} from 'react'
import { money as decimal, toText } from '../../server/platform/money.ts'
import { readScan } from '../sales/read-scan.ts'
import { ringUp } from '../sales/rules.ts'
import { fromNow, money, quantity } from '../ui/format.ts'
import type { BasketLine } from './basket.ts'
import { tillNow } from './clock.ts'
import { useTill } from './engine.tsx'
import type { KeptOnDevice } from './kept-on-device.ts'
import { type Goods, readFact, useFact, writeFact } from './store.ts'
import { useTillWords } from './words.ts'

const Camera = lazy(() => import('./camera.tsx').then(({ Camera }) => ({ default: Camera })))
const shown = 24
const none: readonly string[] = []

type Add = (line: Omit<BasketLine, 'key' | 'quantity'> & { quantity?: string }) => void

/** What was scanned while the receipt of the sale before stood in front. */
export interface ScannedAhead {
  readonly code: string
}

/** Finds goods by scanner, by typing, or by a touch of what is sold most. */
export function FindGoods(props: { add: Add; ahead: ScannedAhead | undefined }) {
  const t = useTillWords()
  const { kept } = useTill()
  const favourites = useFact('favourites') ?? none
  const search = useSearch(props, favourites)
  const [isFilming, setFilming] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  useScannerFocus(input)
  useHotkeys([['F2', () => input.current?.focus()]], [])
  return (
    <Stack h="100%" gap="sm">
      <Group gap="xs" wrap="nowrap">
        <TextInput
          ref={input}
          flex={1}
          size="lg"
          aria-label={t('search')}
          placeholder={t('search')}
          leftSection={<IconSearch size={20} />}
          value={search.text}
          autoFocus
          error={search.isUnknown ? t('noResult') : null}
          onChange={(event) => search.type(event.currentTarget.value)}
          onKeyDown={search.onKeyDown}
        />
        <ActionIcon variant="default" size={50} aria-label={t('camera')} onClick={() => setFilming(true)}>
          <IconCamera size={22} />
        </ActionIcon>
      </Group>
      <StockAge />
      <Found found={search.found} favourites={favourites} chosen={search.chosen} take={search.takeOne} />
      {isFilming ? (
        <Suspense>
          <Camera close={() => setFilming(false)} scanned={(code) => search.take(lineOf(kept, code, 0))} />
        </Suspense>
      ) : null}
    </Stack>
  )
}

/** What is typed or scanned, what it finds, and which of it Enter takes. */
function useSearch({ add, ahead }: Parameters<typeof FindGoods>[0], favourites: readonly string[]) {
  const { kept } = useTill()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const [isUnknown, setUnknown] = useState(false)
  const wanted = useDeferredValue(text)
  const found = useFound(wanted, favourites)
  const take = useCallback(
    (line: Parameters<Add>[0] | undefined) => {
      setUnknown(line === undefined)
      if (!line) return
      add(line)
      setText('')
      setAt(0)
    },
    [add],
  )
  const takeOne = useCallback((variant_id: string) => take({ variant_id }), [take])
  const takeAhead = useEffectEvent((code: string) => {
    const line = lineOf(kept, code, 0)
    take(line)
    if (!line) setText(code)
  })
  useEffect(() => {
    if (ahead) takeAhead(ahead.code)
  }, [ahead])
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      setAt((before) => Math.max(0, Math.min(before + step, found.length - 1)))
    }
    // Scanners send FNC1, which parts the fields of GS1, as Ctrl and a bracket.
    if (event.ctrlKey && event.key === ']') {
      event.preventDefault()
      setText(`${text}\u001d`)
    }
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || !text.trim()) return
    event.preventDefault()
    take(lineOf(kept, text, at))
  }
  const type = (typed: string) => {
    setText(typed)
    setUnknown(false)
    setAt(0)
  }
  return { text, type, isUnknown, found, chosen: wanted.trim() ? at : undefined, take, takeOne, onKeyDown }
}

function useFound(wanted: string, favourites: readonly string[]): Goods[] {
  const { kept } = useTill()
  return useMemo(
    () => (wanted.trim() ? kept.find(wanted, shown) : kept.favourites(favourites, shown)),
    [kept, wanted, favourites],
  )
}

/** What was found, or the favourites; Enter takes the chosen one. */
function Found(props: {
  found: readonly Goods[]
  favourites: readonly string[]
  chosen: number | undefined
  take: (variantId: string) => void
}) {
  const t = useTillWords()
  const { found, favourites, chosen, take } = props
  return (
    <Box component="section" className="till-scroll till-found" tabIndex={0} aria-label={t('goods')}>
      <div className="till-cards">
        {found.map((item, index) => (
          <Card
            key={item.variant_id}
            item={item}
            isChosen={index === chosen}
            isFavourite={favourites.includes(item.variant_id)}
            take={take}
          />
        ))}
      </div>
      {chosen !== undefined && found.length === 0 ? <Text c="dimmed">{t('noResult')}</Text> : null}
    </Box>
  )
}

/** What was scanned or typed as a line: a code that is known, else the chosen one of what was found. */
function lineOf(kept: KeptOnDevice, text: string, at: number): Parameters<Add>[0] | undefined {
  const scanned = readScan(kept, text, tillNow())
  if (scanned) return { ...scanned.line, ...(scanned.line.barcode ? { scanned_id: scanned.goods.variant_id } : {}) }
  const item = kept.find(text.trim(), shown)[at]
  return item && { variant_id: item.variant_id }
}

/** Keys that no field takes go to the search: a scanner is a keyboard, and nobody clicks before each scan. */
function useScannerFocus(input: React.RefObject<HTMLInputElement | null>) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      const isTaken = target.closest('input, textarea, select, [contenteditable], [role="dialog"]') !== null
      if (isTaken || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return
      input.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [input])
}

interface CardProps {
  readonly item: Goods
  readonly isChosen: boolean
  readonly isFavourite: boolean
  readonly take: (variantId: string) => void
}

// Each has its price worked out: they stay as they are while lines are added.
const Card = memo(function Card({ item, isChosen, isFavourite, take }: CardProps) {
  const t = useTillWords()
  const { kept, device } = useTill()
  return (
    <Paper withBorder className="till-card" data-chosen={isChosen || undefined}>
      <UnstyledButton p="sm" w="100%" h="100%" onClick={() => take(item.variant_id)} tabIndex={-1}>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          {item.image ? (
            <Image
              src={`/v1/image-files/${device.tenantId}/${item.image}`}
              alt=""
              w={40}
              h={40}
              radius="sm"
              fit="cover"
            />
          ) : null}
          <Stack gap={2} miw={0}>
            <Text fw={600} size="sm" lineClamp={2} pe="md">
              {item.name}
            </Text>
            <Text size="sm">{priceOf(kept, item) ?? t('noPrice')}</Text>
            <Group gap={4}>
              {item.kind === 'stocked' ? <OnHand item={item} /> : null}
              {item.is_prescription_only ? (
                <Badge size="xs" variant="light" color="violet">
                  {t('needsPrescription')}
                </Badge>
              ) : null}
            </Group>
          </Stack>
        </Group>
      </UnstyledButton>
      <ActionIcon
        className="till-star"
        variant="subtle"
        color={isFavourite ? 'yellow' : 'gray'}
        size="sm"
        tabIndex={-1}
        aria-label={`${t('favourite')}: ${item.name}`}
        aria-pressed={isFavourite}
        onClick={() => void toggleFavourite(item.variant_id)}
      >
        {isFavourite ? <IconStarFilled size={14} /> : <IconStar size={14} />}
      </ActionIcon>
    </Paper>
  )
})

async function toggleFavourite(variantId: string): Promise<void> {
  const favourites = (await readFact('favourites')) ?? none
  const others = favourites.filter((id) => id !== variantId)
  await writeFact('favourites', others.length < favourites.length ? others : [...favourites, variantId])
}

function OnHand({ item }: { item: Goods }) {
  const t = useTillWords()
  const { kept } = useTill()
  const levels = kept.stock(item.variant_id)?.levels ?? []
  const left = levels
    .filter(({ is_blocked }) => !is_blocked)
    .reduce((sum, { available }) => sum.plus(decimal(available)), decimal('0'))
  return (
    <Badge size="xs" variant="light" color={left.greaterThan(0) ? 'gray' : 'red'}>
      {t('inStock', { quantity: quantity(toText(left)) })}
    </Badge>
  )
}

/** Says how old the stock is that is shown, while nobody can say anything newer. */
function StockAge() {
  const t = useTillWords()
  const { isOnline } = useTill()
  const cursors = useFact('cursors')
  if (isOnline || !cursors?.stockAsOf) return null
  return (
    <Text size="sm" c="orange.9" role="status">
      {t('stockAsOf', { when: fromNow(cursors.stockAsOf) })}
    </Text>
  )
}

function priceOf(kept: KeptOnDevice, item: Goods): string | undefined {
  try {
    const line = { variant_id: item.variant_id, prescription: '-' }
    const { totals } = ringUp(kept, { lines: [line] }, new Date())
    return money(totals.gross, kept.ground.branch.currency)
  } catch {
    return undefined
  }
}
