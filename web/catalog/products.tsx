import { Badge, Button, Group, Select, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBinaryTree, IconPlus } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Output } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { ProductThumbnail, VariantThumbnail } from '../images/picture.tsx'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { CreateProduct } from './create-product.tsx'
import { asChoices, optionsOf, pathChoices, useCategories, useTaxClasses, useUnits } from './use-catalog.ts'
import { useCatalogWords } from './words.ts'

type Product = Output<'catalog.list-products'>['items'][number]
type Hit = Output<'catalog.search'>['items'][number]

const kinds = ['stocked', 'service', 'kit'] as const
/** What the filter of states asks of the list; of a search only the first two can be asked. */
const states = {
  for_sale: { is_sellable: true, is_discontinued: false },
  not_for_sale: { is_sellable: false },
  discontinued: { is_discontinued: true },
} as const

/** Everything that is sold: searched, or by name. */
export function Products() {
  const t = useCatalogWords()
  const may = useMay()
  const { filters, set } = useFilters(['text', 'category', 'kind', 'state'])
  const [isCreating, creating] = useDisclosure()
  const create = may('catalog.create-product') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={creating.open}>
      {t('create')}
    </Button>
  ) : null
  return (
    <Page
      title={t('products')}
      about={t('about')}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconBinaryTree size={16} />}
            renderRoot={(props) => <Link to="/categories" {...props} />}
          >
            {t('categories')}
          </Button>
          {create}
        </>
      }
    >
      {filters.text ? (
        <Found text={filters.text} filters={<Filters isSearch filters={filters} set={set} />} chosen={filters} />
      ) : (
        <ByName filters={<Filters filters={filters} set={set} />} chosen={filters} create={create} />
      )}
      {isCreating ? <CreateProduct close={creating.close} /> : null}
    </Page>
  )
}

type Filtering = ReturnType<typeof useFilters<'text' | 'category' | 'kind' | 'state'>>

function Filters(props: Filtering & { isSearch?: boolean }) {
  const t = useCatalogWords()
  const { filters, set, isSearch } = props
  const categories = useCategories()
  const stateChoices = [
    { value: 'for_sale', label: t('forSale') },
    { value: 'not_for_sale', label: t('notForSale') },
    { value: 'discontinued', label: t('discontinued') },
  ]
  return (
    <>
      <SearchField value={filters.text ?? ''} label={t('search')} onSearch={(text) => set({ text })} />
      {categories.length > 0 ? (
        <Select
          aria-label={t('category')}
          placeholder={t('allCategories')}
          data={pathChoices(categories)}
          value={filters.category ?? null}
          onChange={(category) => set({ category })}
          clearable
          searchable
          w={220}
        />
      ) : null}
      <Select
        aria-label={t('state')}
        placeholder={t('anyState')}
        data={isSearch ? stateChoices.slice(0, 2) : stateChoices}
        value={filters.state ?? null}
        onChange={(state) => set({ state })}
        clearable
        w={170}
      />
      {isSearch ? null : (
        <Select
          aria-label={t('kind')}
          placeholder={t('kind')}
          data={kinds.map((kind) => ({ value: kind, label: t(kind) }))}
          value={filters.kind ?? null}
          onChange={(kind) => set({ kind })}
          clearable
          w={160}
        />
      )}
    </>
  )
}

function ByName(props: { filters: ReactNode; chosen: Filtering['filters']; create: ReactNode }) {
  const t = useCatalogWords()
  const navigate = useNavigate()
  const { category, kind, state } = props.chosen
  const columns = useProductColumns()
  const isFiltered = Boolean(category || kind || state)
  const input = {
    ...(category ? { category_id: category } : {}),
    ...(kinds.some((one) => one === kind) ? { kind: kind as Product['kind'] } : {}),
    ...states[state as keyof typeof states],
  }
  return (
    <List
      operation="catalog.list-products"
      input={input}
      columns={columns}
      keyOf={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: '/products/$id', params: { id } })}
      filters={props.filters}
      file="products"
      label={t('products')}
      empty={
        isFiltered ? (
          <Empty title={t('nothingFound')}>{t('nothingFoundText')}</Empty>
        ) : (
          <Empty title={t('emptyTitle')} action={props.create}>
            {t('emptyText')}
          </Empty>
        )
      }
    />
  )
}

function useProductColumns(): Column<Product>[] {
  const t = useCatalogWords()
  const categories = new Map(useCategories().map(({ id, path }) => [id, path]))
  const units = new Map(useUnits().map(({ id, name }) => [id, name]))
  const taxes = new Map(asChoices(useTaxClasses()).map(({ value, label }) => [value, label]))
  return [
    {
      head: t('name'),
      cell: ({ id, name }) => <Named picture={<ProductThumbnail id={id} />} name={name} />,
      text: ({ name }) => name,
    },
    {
      head: t('category'),
      cell: ({ category_id }) => <Dimmed text={categories.get(category_id ?? '')} />,
      text: ({ category_id }) => categories.get(category_id ?? '') ?? null,
    },
    { head: t('kind'), cell: ({ kind }) => t(kind), text: ({ kind }) => t(kind) },
    {
      head: t('unit'),
      cell: ({ unit_id }) => units.get(unit_id) ?? '',
      text: ({ unit_id }) => units.get(unit_id) ?? null,
    },
    {
      head: t('taxClass'),
      cell: ({ tax_class_id }) => taxes.get(tax_class_id) ?? '',
      text: ({ tax_class_id }) => taxes.get(tax_class_id) ?? null,
    },
    { head: t('state'), cell: (product) => <State of={product} />, text: (product) => t(stateOf(product)) },
  ]
}

function Found(props: { text: string; filters: ReactNode; chosen: Filtering['filters'] }) {
  const t = useCatalogWords()
  const navigate = useNavigate()
  const { category, state } = props.chosen
  const categories = new Map(useCategories().map(({ id, path }) => [id, path]))
  const columns: Column<Hit>[] = [
    {
      head: t('name'),
      cell: ({ variant_id, name, options }) => (
        <Named picture={<VariantThumbnail id={variant_id} />} name={name} options={optionsOf(options)} />
      ),
      text: ({ name, options }) => [name, optionsOf(options)].filter(Boolean).join(' · '),
    },
    { head: t('sku'), cell: ({ sku }) => <span className="code">{sku}</span>, text: ({ sku }) => sku },
    {
      head: t('category'),
      cell: ({ category_id }) => <Dimmed text={categories.get(category_id ?? '')} />,
      text: ({ category_id }) => categories.get(category_id ?? '') ?? null,
    },
    { head: t('state'), cell: (hit) => <State of={hit} />, text: (hit) => t(stateOf(hit)) },
  ]
  return (
    <List
      operation="catalog.search"
      input={{
        text: props.text,
        ...(category ? { category_id: category } : {}),
        ...(state === 'for_sale' || state === 'not_for_sale' ? { is_sellable: state === 'for_sale' } : {}),
      }}
      columns={columns}
      keyOf={({ variant_id }) => variant_id}
      onOpen={({ product_id }) => void navigate({ to: '/products/$id', params: { id: product_id } })}
      filters={props.filters}
      file="products"
      label={t('products')}
      empty={<Empty title={t('nothingFound')}>{t('nothingFoundText')}</Empty>}
    />
  )
}

function Named(props: { picture: ReactNode; name: string; options?: string }) {
  return (
    <Group gap="sm" wrap="nowrap" miw={220}>
      {props.picture}
      <Text size="sm" fw={500} lineClamp={1}>
        {props.name}
      </Text>
      {props.options ? (
        <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {props.options}
        </Text>
      ) : null}
    </Group>
  )
}

function Dimmed({ text }: { text: string | undefined }) {
  return (
    <Text size="sm" c="dimmed" lineClamp={1}>
      {text}
    </Text>
  )
}

type Flags = Pick<Product, 'is_sellable' | 'is_discontinued'>

function stateOf({ is_sellable, is_discontinued }: Flags) {
  if (is_discontinued) return 'discontinued'
  return is_sellable ? 'forSale' : 'notForSale'
}

const colours = { forSale: 'green', notForSale: 'gray', discontinued: 'orange' } as const

/** Whether a product is sold. */
export function State({ of }: { of: Flags }) {
  const t = useCatalogWords()
  const state = stateOf(of)
  return (
    <Badge variant="light" color={colours[state]} tt="none">
      {t(state)}
    </Badge>
  )
}
