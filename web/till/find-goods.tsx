import { ActionIcon, Badge, Box, Group, Image, Paper, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconCamera, IconSearch, IconStar, IconStarFilled } from '@tabler/icons-react'
import { lazy, Suspense, useDeferredValue, useEffect, useEffectEvent, useRef, useState } from 'react'
import { money as decimal, toText } from '../../server/platform/money.ts'
import { readScan } from '../sales/read-scan.ts'
import { ringUp } from '../sales/rules.ts'
import { fromNow, money, quantity } from '../ui/format.ts'
import type { BasketLine } from './basket.ts'
import { tillNow } from './clock.ts'
import { useTill } from './engine.tsx'
import type { KeptOnDevice } from './kept-on-device.ts'
import { type Goods, useFact, writeFact } from './store.ts'
import { useTillWords } from './words.ts'

const Camera = lazy(() => import('./camera.tsx').then(({ Camera }) => ({ default: Camera })))
const shown = 24

type Add = (line: Omit<BasketLine, 'key' | 'quantity'> & { quantity?: string }) => void

/** What was scanned while the receipt of the sale before stood in front. */
export interface ScannedAhead {
  readonly code: string
}

/** Finds goods by scanner, by typing, or by a touch of what is sold most. */
export function FindGoods({ add, ahead }: { add: Add; ahead: ScannedAhead | undefined }) {
  const t = useTillWords()
  const { kept } = useTill()
  const favourites = useFact('favourites') ?? []
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const [isUnknown, setUnknown] = useState(false)
  const [isFilming, setFilming] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const wanted = useDeferredValue(text)
  const found = wanted.trim() ? kept.find(wanted, shown) : kept.favourites(favourites, shown)
  useScannerFocus(input)
  useHotkeys([['F2', () => input.current?.focus()]], [])
  const take = (line: Parameters<Add>[0] | undefined) => {
    setUnknown(line === undefined)
    if (!line) return
    add(line)
    setText('')
    setAt(0)
  }
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
          value={text}
          autoFocus
          error={isUnknown ? t('noResult') : null}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setUnknown(false)
            setAt(0)
          }}
          onKeyDown={onKeyDown}
        />
        <ActionIcon variant="default" size={50} aria-label={t('camera')} onClick={() => setFilming(true)}>
          <IconCamera size={22} />
        </ActionIcon>
      </Group>
      <StockAge />
      <Found found={found} chosen={wanted.trim() ? at : undefined} take={(variant_id) => take({ variant_id })} />
      {isFilming ? (
        <Suspense>
          <Camera close={() => setFilming(false)} scanned={(code) => take(lineOf(kept, code, 0))} />
        </Suspense>
      ) : null}
    </Stack>
  )
}

/** What was found, or the favourites; Enter takes the chosen one. */
function Found(props: { found: readonly Goods[]; chosen: number | undefined; take: (variantId: string) => void }) {
  const t = useTillWords()
  const { found, chosen, take } = props
  return (
    <Box component="section" className="till-scroll till-found" tabIndex={0} aria-label={t('goods')}>
      <div className="till-cards">
        {found.map((item, index) => (
          <Card key={item.variant_id} item={item} isChosen={index === chosen} add={() => take(item.variant_id)} />
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

function Card({ item, isChosen, add }: { item: Goods; isChosen: boolean; add: () => void }) {
  const t = useTillWords()
  const { kept, device } = useTill()
  const favourites = useFact('favourites') ?? []
  const isFavourite = favourites.includes(item.variant_id)
  const toggle = () =>
    void writeFact(
      'favourites',
      isFavourite ? favourites.filter((id) => id !== item.variant_id) : [...favourites, item.variant_id],
    )
  return (
    <Paper withBorder className="till-card" data-chosen={isChosen || undefined}>
      <UnstyledButton p="sm" w="100%" h="100%" onClick={add} tabIndex={-1}>
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
        onClick={toggle}
      >
        {isFavourite ? <IconStarFilled size={14} /> : <IconStar size={14} />}
      </ActionIcon>
    </Paper>
  )
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
