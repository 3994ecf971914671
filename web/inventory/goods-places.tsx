import { ActionIcon, Anchor, Menu, Table } from '@mantine/core'
import { IconBan, IconDots, IconScale, IconShieldHalf, IconTrash } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Output } from '../api.ts'
import { nameOfVariant, variants } from '../catalog/variants.tsx'
import { type Branch, useMay } from '../identity/session.ts'
import { useCurrency } from '../tenants/use-currency.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { money, quantity, todayIn } from '../ui/format.ts'
import { Empty } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { defineWords } from '../ui/words.ts'
import { Expiry, toneOfExpiry } from './expiry.tsx'
import { type Step, StockStep } from './stock-step.tsx'
import { useStockWords } from './words.ts'

const useWords = defineWords('goods-places', {
  empty: ['None of it lies here', 'Aucun stock ici', 'لا يوجد منه شيء هنا'],
  emptySays: [
    'Receive a delivery, or order a transfer from another branch.',
    'Réceptionnez une livraison ou demandez un transfert d’un autre point de vente.',
    'استلم توريدًا أو اطلب تحويلًا من فرع آخر.',
  ],
  stepsOf: ['Steps for {{batch}}', 'Actions sur {{batch}}', 'إجراءات {{batch}}'],
})

type Level = Output<'inventory.list-levels'>['items'][number]

/** The batches of a variant in a branch, with what can be done to each. */
export function GoodsPlaces({ branch, places }: { branch: Branch; places: readonly Level[] }) {
  const t = useWords()
  const stock = useStockWords()
  const common = useCommonWords()
  const currency = useCurrency(branch.id)
  const today = todayIn(branch.time_zone)
  const [doing, setDoing] = useState<{ step: Step; level: Level }>()
  if (places.length === 0) return <Empty title={t('empty')}>{t('emptySays')}</Empty>
  const seesCost = places.some(({ unit_cost }) => unit_cost !== null) && currency !== undefined
  const order = ({ expires_on }: Level) => expires_on ?? '9999'
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{stock('batch')}</Table.Th>
            <Table.Th>{stock('expires')}</Table.Th>
            <Table.Th className="amount">{stock('onHand')}</Table.Th>
            <Table.Th className="amount">{stock('reserved')}</Table.Th>
            <Table.Th className="amount">{stock('available')}</Table.Th>
            {seesCost ? <Table.Th className="amount">{stock('unitCost')}</Table.Th> : null}
            <Table.Th aria-label={common('more')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {places
            .toSorted((one, other) => order(one).localeCompare(order(other)))
            .map((level) => (
              <Table.Tr key={level.id} data-tone={toneOfExpiry(level.expires_on, today)}>
                <Table.Td>
                  <BatchCell level={level} />
                </Table.Td>
                <Table.Td>
                  <Expiry on={level.expires_on} today={today} />
                </Table.Td>
                <Table.Td className="amount">{quantity(level.on_hand)}</Table.Td>
                <Table.Td className="amount">{quantity(level.reserved)}</Table.Td>
                <Table.Td className="amount">{quantity(level.available)}</Table.Td>
                {seesCost ? (
                  <Table.Td className="amount">{level.unit_cost && money(level.unit_cost, currency)}</Table.Td>
                ) : null}
                <Table.Td ta="end">
                  <Steps level={level} onChoose={(step) => setDoing({ step, level })} />
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
      {doing ? <Doing {...doing} onClose={() => setDoing(undefined)} /> : null}
    </Table.ScrollContainer>
  )
}

function BatchCell({ level }: { level: Level }) {
  const stock = useStockWords()
  if (level.batch_id === null) return <>{stock('noBatch')}</>
  const { batch_id } = level
  return (
    <>
      <Anchor
        size="sm"
        className="code"
        renderRoot={(props) => <Link to="/stock/batches/$id" params={{ id: batch_id }} {...props} />}
      >
        {level.batch_number}
      </Anchor>{' '}
      {level.is_blocked ? <Tag tone="bad">{stock('blocked')}</Tag> : null}
    </>
  )
}

function Doing({ step, level, onClose }: { step: Step; level: Level; onClose: () => void }) {
  const variant = variants.use(level.variant_id)
  return (
    <StockStep
      step={step}
      place={{ ...level, name: nameOfVariant(variant), sku: variant?.sku ?? null }}
      onClose={onClose}
    />
  )
}

const steps = [
  { step: 'adjust', operation: 'inventory.adjust-stock', word: 'adjust', icon: IconScale },
  { step: 'quarantine', operation: 'inventory.quarantine-stock', word: 'putAside', icon: IconShieldHalf },
  { step: 'write-off', operation: 'inventory.write-off-stock', word: 'writeOff', icon: IconTrash },
] as const

function Steps({ level, onChoose }: { level: Level; onChoose: (step: Step) => void }) {
  const t = useWords()
  const stock = useStockWords()
  const may = useMay()
  const navigate = useNavigate()
  const allowed = steps.filter(({ operation }) => may(operation))
  const { batch_id } = level
  if (allowed.length === 0) return null
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('stepsOf', { batch: level.batch_number ?? stock('noBatch') })}
        >
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {allowed.map(({ step, word, icon: Icon }) => (
          <Menu.Item key={step} leftSection={<Icon size={16} />} onClick={() => onChoose(step)}>
            {stock(word)}
          </Menu.Item>
        ))}
        {batch_id !== null && may('inventory.block-batch') && !level.is_blocked ? (
          <Menu.Item
            leftSection={<IconBan size={16} />}
            onClick={() => void navigate({ to: '/stock/batches/$id', params: { id: batch_id } })}
          >
            {stock('block')}
          </Menu.Item>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  )
}
