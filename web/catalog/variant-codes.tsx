import { ActionIcon, Badge, Button, Group, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { type Output, useCommand, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { quantity } from '../ui/format.ts'
import { Pending } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { useCatalogWords } from './words.ts'

type InFull = Output<'catalog.get-variant'>

/** What a variant is scanned by, and the packs it comes in. */
export function VariantCodes(props: { id: string; unit: string; isAlone: boolean }) {
  const t = useCatalogWords()
  const { data, error } = useRead('catalog.get-variant', { id: props.id })
  if (!data) return <Pending error={error} />
  return (
    <Stack gap="lg">
      <Sku key={data.version} variant={data} />
      <Section title={t('barcodes')}>
        <Barcodes variant={data} />
      </Section>
      <Section title={t('packs')}>
        <Packs variant={data} unit={props.unit} />
      </Section>
      {props.isAlone ? null : <DeleteVariant variant={data} />}
    </Stack>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="xs">
      <Title order={3} size="h6">
        {title}
      </Title>
      {children}
    </Stack>
  )
}

function Sku({ variant }: { variant: InFull }) {
  const t = useCatalogWords()
  const common = useCommonWords()
  const may = useMay()
  const { id, version, sku } = variant
  const sending = useCommandForm('catalog.update-variant', {
    values: { sku: sku ?? '' },
    input: (values) => ({ id, version, sku: values.sku || null }),
    onDone: () => tellDone(common('saved')),
  })
  const isChanged = sending.form.getValues().sku !== (sku ?? '')
  return (
    <form onSubmit={sending.send}>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          label={t('sku')}
          flex={1}
          classNames={{ input: 'code' }}
          readOnly={!may('catalog.update-variant')}
          {...sending.form.getInputProps('sku')}
          error={sending.form.errors.sku ?? sending.refusal}
        />
        {isChanged ? (
          <Button type="submit" loading={sending.isSending}>
            {common('save')}
          </Button>
        ) : null}
      </Group>
    </form>
  )
}

function Barcodes({ variant }: { variant: InFull }) {
  const t = useCatalogWords()
  const may = useMay()
  const remove = useCommand('catalog.remove-barcode')
  const packs = new Map(variant.packs.map(({ id, name }) => [id, name]))
  const ask = (id: string, version: number, code: string) =>
    confirm({
      title: t('removeBarcodeTitle', { code }),
      says: t('removeBarcodeSays'),
      button: t('delete'),
      act: () => remove.mutate({ id, version }, { onError: tell }),
    })
  return (
    <>
      {variant.barcodes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('noBarcodes')}
        </Text>
      ) : null}
      {variant.barcodes.map(({ id, code, kind, pack_id, version }) => (
        <Group key={id} justify="space-between" wrap="nowrap">
          <Group gap="xs">
            <Text span className="code" ff="monospace">
              {code}
            </Text>
            <Badge variant="default" tt="none" fw={400}>
              {kind.replace('_', '-').toUpperCase()}
            </Badge>
            {pack_id ? (
              <Text size="sm" c="dimmed">
                {packs.get(pack_id)}
              </Text>
            ) : null}
          </Group>
          {may('catalog.remove-barcode') ? (
            <RemoveIcon label={`${t('delete')}: ${code}`} act={() => ask(id, version, code)} />
          ) : null}
        </Group>
      ))}
      {may('catalog.add-barcode') ? <AddBarcode variant={variant} /> : null}
    </>
  )
}

function RemoveIcon({ label, act }: { label: string; act: () => void }) {
  return (
    <ActionIcon variant="subtle" color="red" aria-label={label} onClick={act}>
      <IconTrash size={16} />
    </ActionIcon>
  )
}

/** A scanner ends what it reads with Enter, which sends it. */
function AddBarcode({ variant }: { variant: InFull }) {
  const t = useCatalogWords()
  const common = useCommonWords()
  const sending = useCommandForm('catalog.add-barcode', {
    values: { code: '', pack_id: '' },
    input: ({ code, pack_id }) => ({ variant_id: variant.id, code: code.trim(), ...(pack_id ? { pack_id } : {}) }),
    onDone: () => sending.form.reset(),
  })
  const { form } = sending
  return (
    <form onSubmit={sending.send}>
      <Group align="flex-start" gap="xs" wrap="nowrap">
        <TextInput
          aria-label={t('addBarcode')}
          placeholder={t('addBarcode')}
          flex={1}
          required
          autoComplete="off"
          {...form.getInputProps('code')}
          error={form.errors.code ?? sending.refusal}
        />
        {variant.packs.length > 0 ? (
          <Select
            aria-label={t('onPack')}
            placeholder={t('single')}
            data={variant.packs.map(({ id, name }) => ({ value: id, label: name }))}
            clearable
            w={120}
            {...form.getInputProps('pack_id')}
          />
        ) : null}
        <ActionIcon
          type="submit"
          size={36}
          loading={sending.isSending}
          aria-label={`${common('add')}: ${t('barcode')}`}
        >
          <IconPlus size={18} />
        </ActionIcon>
      </Group>
    </form>
  )
}

function Packs({ variant, unit }: { variant: InFull; unit: string }) {
  const t = useCatalogWords()
  const may = useMay()
  const remove = useCommand('catalog.remove-pack')
  const ask = (id: string, version: number, name: string) =>
    confirm({
      title: t('removePackTitle', { name }),
      says: t('removePackSays'),
      button: t('delete'),
      act: () => remove.mutate({ id, version }, { onError: tell }),
    })
  return (
    <>
      {variant.packs.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('noPacks')}
        </Text>
      ) : null}
      {variant.packs.map(({ id, name, quantity: count, version }) => (
        <Group key={id} justify="space-between" wrap="nowrap">
          <Text size="sm">
            {name}{' '}
            <Text span c="dimmed">
              · {quantity(count)} {unit}
            </Text>
          </Text>
          {may('catalog.remove-pack') ? (
            <RemoveIcon label={`${t('delete')}: ${name}`} act={() => ask(id, version, name)} />
          ) : null}
        </Group>
      ))}
      {may('catalog.add-pack') ? <AddPack variant={variant} /> : null}
    </>
  )
}

function AddPack({ variant }: { variant: InFull }) {
  const t = useCatalogWords()
  const sending = useCommandForm('catalog.add-pack', {
    values: { name: '', quantity: '' },
    input: (values) => ({ variant_id: variant.id, ...values }),
    onDone: () => sending.form.reset(),
  })
  const { form } = sending
  const isBegun = form.getValues().name !== '' || form.getValues().quantity !== ''
  return (
    <form onSubmit={sending.send}>
      <Stack gap="xs">
        <SimpleGrid cols={2} spacing="xs">
          <TextInput aria-label={t('packName')} placeholder={t('packName')} required {...form.getInputProps('name')} />
          <TextInput
            aria-label={t('packQuantity')}
            placeholder={t('packQuantity')}
            inputMode="decimal"
            required
            {...form.getInputProps('quantity')}
          />
        </SimpleGrid>
        {isBegun ? <FormEnd of={sending} label={t('addPack')} /> : null}
      </Stack>
    </form>
  )
}

function DeleteVariant({ variant }: { variant: InFull }) {
  const t = useCatalogWords()
  const may = useMay()
  const remove = useCommand('catalog.delete-variant', ['pricing'])
  const { id, version } = variant
  const ask = () =>
    confirm({
      title: t('deleteVariantTitle'),
      says: t('deleteVariantSays'),
      button: t('delete'),
      act: () => remove.mutate({ id, version }, { onError: tell }),
    })
  if (!may('catalog.delete-variant')) return null
  return (
    <Button variant="subtle" color="red" size="compact-sm" w="fit-content" onClick={ask}>
      {t('delete')}
    </Button>
  )
}
