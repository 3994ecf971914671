import { Button, Checkbox, Group, Paper, Table, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useRead } from '../api.ts'
import { useBranch, useMay, useWorkplace } from '../identity/session.ts'
import { todayIn, unitPrice } from '../ui/format.ts'
import { Empty, Pending } from '../ui/page.tsx'
import { useWholeListState } from '../ui/whole-list.ts'
import { NewPrice } from './new-price.tsx'
import { Period, type Price, PriceHead, PriceState, PriceSteps, stateOf, Tier } from './price-table.tsx'
import { type PriceList, usePlaceOf, usePriceLists } from './use-price-lists.ts'
import { usePricingWords } from './words.ts'

/** The prices of a variant on all lists, those that count or will, and a new one. */
export function VariantPrices({ variantId, unit }: { variantId: string; unit: string }) {
  const t = usePricingWords()
  const may = useMay()
  const [isMaking, making] = useDisclosure()
  const [isWhole, setWhole] = useState(false)
  const { tenant } = useWorkplace()
  const prices = useWholeListState('pricing.list-prices', { variant_id: variantId })
  const all = prices.items
  const today = todayIn(tenant.time_zone)
  const current = all.filter((price) => ['now', 'later'].includes(stateOf(price, today)))
  const shown = isWhole ? all : current
  const create = may('pricing.create-price') ? (
    <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={making.open}>
      {t('newPrice')}
    </Button>
  ) : null
  return (
    <Paper withBorder p="md" h="100%">
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h6">
          {t('prices')}
        </Title>
        <Group gap="sm">
          {all.length > current.length ? (
            <Checkbox
              size="xs"
              label={t('showAll')}
              checked={isWhole}
              onChange={(event) => setWhole(event.currentTarget.checked)}
            />
          ) : null}
          {create}
        </Group>
      </Group>
      <InForce variantId={variantId} />
      {prices.isLoading || prices.error ? <Pending error={prices.error} retry={prices.retry} /> : null}
      {shown.length === 0 && !prices.isLoading && !prices.error ? (
        <Empty title={t('noPrices')}>{t('noPricesHere')}</Empty>
      ) : null}
      {shown.length > 0 ? (
        <Table.ScrollContainer minWidth={480}>
          <Table verticalSpacing={6}>
            <PriceHead />
            <Table.Tbody>
              {shown.map((price) => (
                <Row key={price.id} price={price} unit={unit} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      ) : null}
      {isMaking ? <NewPrice variantId={variantId} unit={unit} close={making.close} /> : null}
    </Paper>
  )
}

/** What a till of the branch would ask for one, as the server finds it. */
function InForce({ variantId }: { variantId: string }) {
  const t = usePricingWords()
  const branch = useBranch()
  const { data, error } = useRead(
    'pricing.get-price',
    { variant_id: variantId, ...(branch ? { branch_id: branch.id } : {}) },
    { enabled: branch !== undefined },
  )
  if (error || !data || !branch) return error ? null : <Pending error={undefined} />
  return (
    <Text size="sm" c="dimmed" mb="xs">
      {t('checkPrice', { branch: branch.name, price: unitPrice(data.unit_price, data.currency) })}
    </Text>
  )
}

function Row({ price, unit }: { price: Price; unit: string }) {
  const placeOf = usePlaceOf()
  const list: PriceList | undefined = usePriceLists().find(({ id }) => id === price.price_list_id)
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={500}>
          {list?.name}
        </Text>
        <Text size="xs" c="dimmed">
          {list ? placeOf(list) : null}
        </Text>
      </Table.Td>
      <Table.Td className="amount">
        {list ? unitPrice(price.unit_price, list.currency) : price.unit_price}
        <Tier price={price} unit={unit} />
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          <PriceState price={price} />
          <Period price={price} />
        </Group>
      </Table.Td>
      <Table.Td>
        <PriceSteps price={price} />
      </Table.Td>
    </Table.Tr>
  )
}
