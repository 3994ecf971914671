import { Button, Modal, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { type Branch, useMay, useWorkplace } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { tellDone } from '../ui/tell.tsx'
import { useWholeList } from '../ui/whole-list.ts'
import { SettingsTabs } from './settings-tabs.tsx'
import { useSettingWords } from './words.ts'
import { ZoneSelect } from './zone-select.tsx'

/** The branches, to be opened and changed. */
export function Branches() {
  const t = useSettingWords()
  const may = useMay()
  const [edited, setEdited] = useState<Branch | 'new'>()
  const columns = useColumns()
  const create = may('tenants.create-branch') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>
      {t('newBranch')}
    </Button>
  ) : null
  return (
    <Page title={t('branches')} actions={create}>
      <SettingsTabs />
      <List
        operation="tenants.list-branches"
        input={{}}
        columns={columns}
        keyOf={({ id }) => id}
        {...(may('tenants.update-branch') ? { onOpen: setEdited } : {})}
        file="branches"
        label={t('branches')}
        empty={
          <Empty title={t('noBranches')} action={create}>
            {t('noBranchesSays')}
          </Empty>
        }
      />
      {edited ? <BranchForm branch={edited} close={() => setEdited(undefined)} /> : null}
    </Page>
  )
}

function useColumns(): Column<Branch>[] {
  const t = useSettingWords()
  const entities = useWholeList('tenants.list-entities', {})
  const entityOf = ({ entity_id }: Branch) => entities.find(({ id }) => id === entity_id)?.legal_name ?? ''
  return [
    { head: t('code'), cell: ({ code }) => <strong className="code">{code}</strong>, text: ({ code }) => code },
    {
      head: t('name'),
      cell: ({ name }) => (
        <Text size="sm" fw={500}>
          {name}
        </Text>
      ),
      text: ({ name }) => name,
    },
    { head: t('entity'), cell: entityOf, text: entityOf },
    { head: t('zone'), cell: ({ time_zone }) => <bdi>{time_zone}</bdi>, text: ({ time_zone }) => time_zone },
    { head: t('phone'), cell: ({ phone }) => <bdi>{phone ?? '—'}</bdi>, text: ({ phone }) => phone },
  ]
}

function BranchForm({ branch, close }: { branch: Branch | 'new'; close: () => void }) {
  const t = useSettingWords()
  const common = useCommonWords()
  return (
    <Modal
      opened
      onClose={close}
      title={branch === 'new' ? t('newBranch') : branch.name}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {branch === 'new' ? <Create close={close} /> : <Edit branch={branch} close={close} />}
    </Modal>
  )
}

function Create({ close }: { close: () => void }) {
  const t = useSettingWords()
  const common = useCommonWords()
  const { tenant } = useWorkplace()
  const entities = useWholeList('tenants.list-entities', {}).filter(({ is_active }) => is_active)
  const sending = useCommandForm('tenants.create-branch', {
    values: { entity_id: '', code: '', name: '', time_zone: tenant.time_zone, phone: '', address: '' },
    input: ({ phone, address, entity_id, ...values }) => ({
      ...values,
      entity_id: entity_id || (entities[0]?.id ?? ''),
      ...(phone ? { phone } : {}),
      ...(address ? { address } : {}),
    }),
    fieldOf: (code) => (code === 'branch_code_taken' ? 'code' : undefined),
    onDone: () => {
      tellDone(common('saved'))
      close()
    },
  })
  const { form } = sending
  const code = form.getInputProps('code')
  return (
    <form onSubmit={sending.send}>
      <Stack>
        {entities.length > 1 ? (
          <Select
            label={t('entity')}
            required
            data={entities.map(({ id, legal_name }) => ({ value: id, label: legal_name }))}
            {...form.getInputProps('entity_id')}
          />
        ) : null}
        <TextInput
          label={t('code')}
          required
          data-autofocus
          dir="ltr"
          maxLength={16}
          {...code}
          onChange={(event) => form.setFieldValue('code', event.currentTarget.value.toUpperCase())}
        />
        <Fields form={form} />
        <FormEnd of={sending} label={common('create')} />
      </Stack>
    </form>
  )
}

function Edit({ branch, close }: { branch: Branch; close: () => void }) {
  const common = useCommonWords()
  const { id, version, name, time_zone, phone, address } = branch
  const sending = useCommandForm('tenants.update-branch', {
    values: { name, time_zone, phone: phone ?? '', address: address ?? '' },
    input: (values) => ({ ...values, id, version, phone: values.phone || null, address: values.address || null }),
    onDone: () => {
      tellDone(common('saved'))
      close()
    },
  })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Fields form={sending.form} />
        <FormEnd of={sending} label={common('save')} />
      </Stack>
    </form>
  )
}

interface FormOf {
  getInputProps(name: 'name' | 'time_zone' | 'phone' | 'address'): object
}

function Fields({ form }: { form: FormOf }) {
  const t = useSettingWords()
  return (
    <>
      <TextInput label={t('name')} required {...form.getInputProps('name')} />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <ZoneSelect {...form.getInputProps('time_zone')} />
        <TextInput label={t('phone')} type="tel" {...form.getInputProps('phone')} />
      </SimpleGrid>
      <Textarea label={t('address')} autosize minRows={2} {...form.getInputProps('address')} />
    </>
  )
}
