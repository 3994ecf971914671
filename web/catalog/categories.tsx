import { ActionIcon, Anchor, Button, Group, Modal, Paper, Select, Stack, Table, TextInput } from '@mantine/core'
import { IconFolder, IconFolderPlus, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { type Placed, pathChoices, useCategories } from './use-catalog.ts'
import { useCatalogWords } from './words.ts'

type Dialog = { readonly parent?: Placed } | { readonly changed: Placed }

/** The tree of categories, and how it is changed. */
export function Categories() {
  const t = useCatalogWords()
  const common = useCommonWords()
  const may = useMay()
  const categories = useCategories()
  const [dialog, setDialog] = useState<Dialog>()
  const close = () => setDialog(undefined)
  const create = may('catalog.create-category') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setDialog({})}>
      {t('newCategory')}
    </Button>
  ) : null
  return (
    <Page title={t('categories')} about={t('treeAbout')} actions={create}>
      <Paper withBorder>
        {categories.length === 0 ? (
          <Empty title={t('noCategories')} action={create}>
            {t('noCategoriesText')}
          </Empty>
        ) : (
          <Table verticalSpacing={6} highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('category')}</Table.Th>
                <Table.Th aria-label={common('more')} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {categories.map((one) => (
                <Row key={one.id} category={one} open={setDialog} />
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Paper>
      {dialog && !('changed' in dialog) ? <Create parent={dialog.parent} close={close} /> : null}
      {dialog && 'changed' in dialog ? <Change category={dialog.changed} close={close} /> : null}
    </Page>
  )
}

function Row({ category, open }: { category: Placed; open: (dialog: Dialog) => void }) {
  const t = useCatalogWords()
  const may = useMay()
  const remove = useCommand('catalog.delete-category')
  const { id, name, version, depth } = category
  const label = (text: string) => `${text}: ${name}`
  const ask = () =>
    confirm({
      title: t('deleteCategoryTitle', { name }),
      says: t('deleteCategorySays'),
      button: t('delete'),
      act: () => remove.mutate({ id, version }, { onError: tell }),
    })
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs" wrap="nowrap" ps={depth * 24}>
          <IconFolder size={18} stroke={1.5} aria-hidden />
          <Anchor
            size="sm"
            c="var(--mantine-color-text)"
            fw={depth === 0 ? 600 : 400}
            renderRoot={(props) => <Link to="/products" search={{ category: id } as never} {...props} />}
            title={t('seeProducts')}
          >
            {name}
          </Anchor>
        </Group>
      </Table.Td>
      <Table.Td>
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {may('catalog.create-category') && depth < 7 ? (
            <ActionIcon
              variant="subtle"
              aria-label={t('newWithin', { name })}
              onClick={() => open({ parent: category })}
            >
              <IconFolderPlus size={18} />
            </ActionIcon>
          ) : null}
          {may('catalog.update-category') ? (
            <ActionIcon
              variant="subtle"
              aria-label={label(t('editCategory'))}
              onClick={() => open({ changed: category })}
            >
              <IconPencil size={18} />
            </ActionIcon>
          ) : null}
          {may('catalog.delete-category') ? (
            <ActionIcon variant="subtle" color="red" aria-label={label(t('delete'))} onClick={ask}>
              <IconTrash size={18} />
            </ActionIcon>
          ) : null}
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}

function Create({ parent, close }: { parent: Placed | undefined; close: () => void }) {
  const t = useCatalogWords()
  const common = useCommonWords()
  const sending = useCommandForm('catalog.create-category', {
    values: { name: '', parent_id: parent?.id ?? '' },
    input: ({ name, parent_id }) => ({ name, ...(parent_id ? { parent_id } : {}) }),
    onDone: close,
  })
  return (
    <Modal opened onClose={close} title={t('newCategory')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Fields sending={sending} end={common('create')} />
    </Modal>
  )
}

function Change({ category, close }: { category: Placed; close: () => void }) {
  const t = useCatalogWords()
  const common = useCommonWords()
  const { id, version, name, parent_id } = category
  const sending = useCommandForm('catalog.update-category', {
    values: { name, parent_id: parent_id ?? '' },
    input: (values) => ({ id, version, name: values.name, parent_id: values.parent_id || null }),
    onDone: () => {
      tellDone(common('saved'))
      close()
    },
  })
  return (
    <Modal opened onClose={close} title={t('editCategory')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Fields sending={sending} end={common('save')} but={category} />
    </Modal>
  )
}

type Sending = ReturnType<typeof useCommandForm<'catalog.create-category', { name: string; parent_id: string }>>

function Fields({ sending, end, but }: { sending: Sending; end: string; but?: Placed }) {
  const t = useCatalogWords()
  const categories = useCategories()
  const below = (one: Placed) => one.id === but?.id || one.path.startsWith(`${but?.path} › `)
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput label={t('name')} required data-autofocus {...sending.form.getInputProps('name')} />
        <Select
          label={t('within')}
          placeholder={t('top')}
          data={pathChoices(categories.filter((one) => !below(one)))}
          clearable
          searchable
          {...sending.form.getInputProps('parent_id')}
        />
        <FormEnd of={sending} label={end} />
      </Stack>
    </form>
  )
}
