import { Accordion, Button, Grid, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus, IconPrinter, IconTrash } from '@tabler/icons-react'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call, type Output, refresh, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { ProductImages } from '../images/product-images.tsx'
import { PrintLabels } from '../labels/print-labels.tsx'
import { VariantPrices } from '../pricing/variant-prices.tsx'
import { confirm } from '../ui/confirm.tsx'
import { Held } from '../ui/held.tsx'
import { Page, Pending } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { AddVariant } from './add-variant.tsx'
import { ProductFacts } from './product-facts.tsx'
import { State } from './products.tsx'
import { optionsOf, useUnits } from './use-catalog.ts'
import { VariantCodes } from './variant-codes.tsx'
import { useCatalogWords } from './words.ts'

type InFull = Output<'catalog.get-product'>

/** One product: what it says, its pictures, and what its variants are scanned by and cost. */
export function Product() {
  const { id } = useParams({ strict: false })
  const { data, error } = useRead('catalog.get-product', { id: id ?? '' })
  if (!data) return <Pending error={error} />
  return <Whole product={data} />
}

function Whole({ product }: { product: InFull }) {
  const t = useCatalogWords()
  const may = useMay()
  const [isPrinting, printing] = useDisclosure()
  return (
    <Page
      title={product.name}
      actions={
        <>
          <State of={product} />
          {may('labels.print-labels') && product.kind !== 'service' ? (
            <Button variant="default" leftSection={<IconPrinter size={16} />} onClick={printing.open}>
              {t('printLabels')}
            </Button>
          ) : null}
          <Delete product={product} />
        </>
      }
    >
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Held of={product}>{(held) => <ProductFacts product={held} />}</Held>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          {may('images.list-images') ? <ProductImages productId={product.id} name={product.name} /> : null}
        </Grid.Col>
      </Grid>
      <Variants product={product} />
      {isPrinting ? <PrintLabels variants={product.variants} close={printing.close} /> : null}
    </Page>
  )
}

function Delete({ product }: { product: InFull }) {
  const t = useCatalogWords()
  const may = useMay()
  const navigate = useNavigate()
  const [isBusy, setBusy] = useState(false)
  const { id, name, version } = product
  // The page is left before anything is asked anew: of what is deleted there is nothing to be asked.
  const remove = async () => {
    setBusy(true)
    try {
      await call('catalog.delete-product', { id, version }, { idempotencyKey: crypto.randomUUID() })
      tellDone(t('deleted', { name }))
      await navigate({ to: '/products' })
      await refresh(['catalog', 'pricing', 'inventory'])
    } catch (error) {
      tell(error)
      setBusy(false)
    }
  }
  const ask = () =>
    confirm({
      title: t('deleteTitle', { name }),
      says: t('deleteSays'),
      button: t('delete'),
      act: () => void remove(),
    })
  if (!may('catalog.delete-product')) return null
  return (
    <Button variant="light" color="red" leftSection={<IconTrash size={16} />} loading={isBusy} onClick={ask}>
      {t('delete')}
    </Button>
  )
}

function Variants({ product }: { product: InFull }) {
  const t = useCatalogWords()
  const may = useMay()
  const [isAdding, adding] = useDisclosure()
  const unit = useUnits().find(({ id }) => id === product.unit_id)
  const isAlone = product.variants.length === 1
  const first = product.variants[0]
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t(isAlone ? 'codesAndPrices' : 'variants')}
        </Title>
        {may('catalog.add-variant') ? (
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={adding.open}>
            {t('addVariant')}
          </Button>
        ) : null}
      </Group>
      {isAlone && first ? (
        <Variant variant={first} unit={unit?.name ?? ''} isAlone />
      ) : (
        <Accordion variant="separated" multiple defaultValue={first ? [first.id] : []}>
          {product.variants.map((variant) => (
            <Accordion.Item key={variant.id} value={variant.id}>
              <Accordion.Control>
                <Group gap="sm">
                  <Text fw={600}>{optionsOf(variant.options) || t('variantOf')}</Text>
                  <Text size="sm" c="dimmed" className="code">
                    {variant.sku}
                  </Text>
                </Group>
              </Accordion.Control>
              <Accordion.Panel>
                <Variant variant={variant} unit={unit?.name ?? ''} isAlone={false} />
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
      {isAdding ? <AddVariant product={product} close={adding.close} /> : null}
    </Stack>
  )
}

function Variant(props: { variant: InFull['variants'][number]; unit: string; isAlone: boolean }) {
  const may = useMay()
  const { variant, unit, isAlone } = props
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <Paper withBorder p="md">
          <VariantCodes id={variant.id} unit={unit} isAlone={isAlone} />
        </Paper>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 7 }}>
        {may('pricing.list-prices') ? <VariantPrices variantId={variant.id} unit={unit} /> : null}
      </Grid.Col>
    </Grid>
  )
}
