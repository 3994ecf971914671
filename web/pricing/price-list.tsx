import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { type Output, useCommand, useRead } from '../api.ts'
import { GoodsFilter } from '../catalog/goods-filter.tsx'
import { variants } from '../catalog/variants.tsx'
import { useMay } from '../identity/session.ts'
import { VariantThumbnail } from '../images/picture.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { quantity, unitPrice } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { tell } from '../ui/tell.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { ListState } from './price-lists.tsx'
import { isForOne, Period, type Price, PriceState } from './price-table.tsx'
import { usePlaceOf } from './use-price-lists.ts'
import { usePricingWords } from './words.ts'

type Whole = Output<'pricing.get-price-list'>

/** One price list with the prices on it. */
export function PriceList() {
  const { id } = useParams({ strict: false })
  const { data, error } = useRead('pricing.get-price-list', { id: id ?? '' })
  if (!data) return <Pending error={error} />
  return <Known list={data} />
}

function Known({ list }: { list: Whole }) {
  const t = usePricingWords()
  const placeOf = usePlaceOf()
  const about = [list.code, placeOf(list), list.currency, t(list.includes_tax ? 'included' : 'excluded')].join(' · ')
  return (
    <Page title={list.name} about={about} actions={<Steps list={list} />}>
      <Prices list={list} />
    </Page>
  )
}

function Steps({ list }: { list: Whole }) {
  const t = usePricingWords()
  const may = useMay()
  const [isRenaming, renaming] = useDisclosure()
  const end = useCommand('pricing.delete-price-list')
  const { id, version, name } = list
  const ask = () =>
    confirm({
      title: t('endListTitle', { name }),
      says: t('endListSays'),
      button: t('endList'),
      act: () => end.mutate({ id, version }, { onError: tell }),
    })
  return (
    <>
      <ListState endedOn={list.ended_on} />
      {list.ended_on === null && may('pricing.update-price-list') ? (
        <Button variant="default" onClick={renaming.open}>
          {t('rename')}
        </Button>
      ) : null}
      {list.ended_on === null && may('pricing.delete-price-list') ? (
        <Button variant="light" color="red" loading={end.isPending} onClick={ask}>
          {t('endList')}
        </Button>
      ) : null}
      {isRenaming ? <Rename list={list} close={renaming.close} /> : null}
    </>
  )
}

function Rename({ list, close }: { list: Whole; close: () => void }) {
  const t = usePricingWords()
  const common = useCommonWords()
  const { id, version, name } = list
  const sending = useCommandForm('pricing.update-price-list', {
    values: { name },
    input: (values) => ({ id, version, ...values }),
    onDone: close,
  })
  return (
    <Modal opened onClose={close} title={t('rename')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={sending.send}>
        <Stack>
          <TextInput label={t('name')} required data-autofocus {...sending.form.getInputProps('name')} />
          <FormEnd of={sending} label={common('save')} />
        </Stack>
      </form>
    </Modal>
  )
}

function Prices({ list }: { list: Whole }) {
  const t = usePricingWords()
  const navigate = useNavigate()
  const { filters, set } = useFilters(['on', 'variant'])
  const columns: Column<Price>[] = [
    { head: t('product'), cell: ({ variant_id }) => <Named id={variant_id} />, text: nameOf },
    {
      head: t('price'),
      isAmount: true,
      cell: ({ unit_price }) => unitPrice(unit_price, list.currency),
      text: ({ unit_price }) => unit_price,
    },
    {
      head: t('fromQuantity'),
      isAmount: true,
      cell: ({ min_quantity }) => (isForOne(min_quantity) ? '' : quantity(min_quantity)),
      text: ({ min_quantity }) => min_quantity,
    },
    { head: t('from'), cell: (price) => <Period price={price} />, text: ({ valid_from }) => valid_from },
    { head: t('state'), cell: (price) => <PriceState price={price} />, text: ({ valid_through }) => valid_through },
  ]
  const open = async ({ variant_id }: Price) => {
    const id = (await variants.read(variant_id))?.product_id
    if (id) await navigate({ to: '/products/$id', params: { id } })
  }
  return (
    <List
      operation="pricing.list-prices"
      input={{
        price_list_id: list.id,
        ...(filters.on ? { on: filters.on } : {}),
        ...(filters.variant ? { variant_id: filters.variant } : {}),
      }}
      columns={columns}
      keyOf={({ id }) => id}
      onOpen={(price) => void open(price).catch(tell)}
      filters={
        <>
          <GoodsFilter />
          <TextInput
            type="date"
            aria-label={t('on')}
            value={filters.on ?? ''}
            onChange={(event) => set({ on: event.currentTarget.value })}
          />
        </>
      }
      file={`prices-${list.code}`}
      label={t('prices')}
      filteredBy={['on', 'variant']}
      empty={
        <Empty
          title={t('noPrices')}
          action={
            <Button variant="default" renderRoot={(props) => <Link to="/products" {...props} />}>
              {t('toProducts')}
            </Button>
          }
        >
          {t('noPricesText')}
        </Empty>
      }
    />
  )
}

async function nameOf({ variant_id }: Price): Promise<string> {
  const variant = await variants.read(variant_id)
  return [variant?.name, variant?.options, variant?.sku].filter(Boolean).join(' · ')
}

function Named({ id }: { id: string }) {
  const t = usePricingWords()
  const variant = variants.use(id)
  return (
    <Group gap="sm" wrap="nowrap" miw={220}>
      <VariantThumbnail id={id} />
      <Text size="sm" fw={500} lineClamp={1} td={variant?.is_deleted ? 'line-through' : undefined}>
        {variant === null ? t('deletedProduct') : variant?.name}
      </Text>
      <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
        {variant?.options}
      </Text>
    </Group>
  )
}
