import { Badge, Button, Modal, Radio, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useRead } from '../api.ts'
import { useBranch, useBranches, useMay } from '../identity/session.ts'
import { useGroups } from '../parties/use-groups.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { day } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { useWholeList } from '../ui/whole-list.ts'
import { type PriceList, useChannels, usePlaceOf, usePriceLists } from './use-price-lists.ts'
import { usePricingWords } from './words.ts'

/** The price lists of the tenant. */
export function PriceLists() {
  const t = usePricingWords()
  const may = useMay()
  const navigate = useNavigate()
  const placeOf = usePlaceOf()
  const [isMaking, making] = useDisclosure()
  const create = may('pricing.create-price-list') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={making.open}>
      {t('newList')}
    </Button>
  ) : null
  const taxOf = ({ includes_tax }: PriceList) => t(includes_tax ? 'included' : 'excluded')
  const columns: Column<PriceList>[] = [
    { head: t('code'), cell: ({ code }) => <span className="code">{code}</span>, text: ({ code }) => code },
    {
      head: t('name'),
      cell: ({ name }) => (
        <Text size="sm" fw={500}>
          {name}
        </Text>
      ),
      text: ({ name }) => name,
    },
    { head: t('isFor'), cell: placeOf, text: placeOf },
    { head: t('currency'), cell: ({ currency }) => currency, text: ({ currency }) => currency },
    { head: t('tax'), cell: taxOf, text: taxOf },
    {
      head: t('state'),
      cell: ({ ended_on }) => <ListState endedOn={ended_on} />,
      text: ({ ended_on }) => ended_on ?? t('inForce'),
    },
  ]
  return (
    <Page title={t('lists')} about={t('about')} actions={create}>
      <List
        operation="pricing.list-price-lists"
        input={{}}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/price-lists/$id', params: { id } })}
        file="price-lists"
        label={t('lists')}
        empty={
          <Empty title={t('noLists')} action={create}>
            {t('noListsText')}
          </Empty>
        }
      />
      {isMaking ? <CreateList close={making.close} /> : null}
    </Page>
  )
}

/** Whether a list counts, or since when it does not. */
export function ListState({ endedOn }: { endedOn: string | null }) {
  const t = usePricingWords()
  return (
    <Badge variant="light" color={endedOn ? 'gray' : 'green'} tt="none">
      {endedOn ? t('endedOn', { day: day(endedOn) }) : t('inForce')}
    </Badge>
  )
}

/** The currency of the books of the branch that the pages are about, or else of a list that is there. */
function useUsualCurrency(): string {
  const branch = useBranch()
  const entity = useWholeList('tenants.list-entities', {}).find(({ id }) => id === branch?.entity_id)
  const list = usePriceLists()[0]
  return entity?.currency ?? list?.currency ?? ''
}

function CreateList({ close }: { close: () => void }) {
  const t = usePricingWords()
  const common = useCommonWords()
  return (
    <Modal opened onClose={close} title={t('newList')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Form close={close} />
    </Modal>
  )
}

function Form({ close }: { close: () => void }) {
  const t = usePricingWords()
  const common = useCommonWords()
  const navigate = useNavigate()
  const usual = useUsualCurrency()
  const { data } = useRead('reference.list-currencies', {}, { staleTime: 3_600_000 })
  const sending = useCommandForm('pricing.create-price-list', {
    values: { code: '', name: '', currency: '', tax: 'included', branch_id: '', channel_id: '', customer_group_id: '' },
    input: ({ code, name, currency, tax, ...place }) => ({
      code,
      name,
      currency: currency || usual,
      includes_tax: tax === 'included',
      ...Object.fromEntries(Object.entries(place).filter(([, id]) => id)),
    }),
    onDone: ({ id }) => {
      close()
      void navigate({ to: '/price-lists/$id', params: { id } })
    },
  })
  const { form } = sending
  const currencies = (data?.items ?? []).filter(({ withdrawn_on }) => withdrawn_on === null)
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <SimpleGrid cols={2}>
          <TextInput label={t('code')} required data-autofocus {...form.getInputProps('code')} />
          <TextInput label={t('name')} required {...form.getInputProps('name')} />
        </SimpleGrid>
        <Select
          label={t('currency')}
          required
          searchable
          allowDeselect={false}
          data={currencies.map(({ code, name }) => ({ value: code, label: `${code} · ${name}` }))}
          {...form.getInputProps('currency')}
          value={form.values.currency || usual || null}
        />
        <Radio.Group label={t('tax')} {...form.getInputProps('tax')}>
          <Stack gap="xs" mt={4}>
            <Radio value="included" label={t('included')} />
            <Radio value="excluded" label={t('excluded')} />
          </Stack>
        </Radio.Group>
        <Place form={form} />
        <Text size="sm" c="dimmed">
          {t('placeStays')}
        </Text>
        <FormEnd of={sending} label={common('create')} />
      </Stack>
    </form>
  )
}

type FieldsOf = { getInputProps: (name: 'branch_id' | 'channel_id' | 'customer_group_id') => object }

function Place({ form }: { form: FieldsOf }) {
  const t = usePricingWords()
  const common = useCommonWords()
  const { branches } = useBranches()
  const choices = [
    ['branch_id', common('branch'), t('everyBranch'), branches],
    ['customer_group_id', t('group'), t('everyGroup'), useGroups()],
    ['channel_id', t('channel'), t('everyChannel'), useChannels()],
  ] as const
  return choices
    .filter(([, , , all]) => all.length > 0)
    .map(([field, label, placeholder, all]) => (
      <Select
        key={field}
        label={label}
        placeholder={placeholder}
        clearable
        searchable
        data={all.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps(field)}
      />
    ))
}
