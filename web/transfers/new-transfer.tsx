import { ActionIcon, Paper, Select, SimpleGrid, Stack, Table, Text, Textarea, TextInput } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type PickedVariant, PickVariant } from '../catalog/pick-variant.tsx'
import { Goods } from '../catalog/variants.tsx'
import { type Branch, useBranch } from '../identity/session.ts'
import { AvailableHere } from '../inventory/available.tsx'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { Page, Pending } from '../ui/page.tsx'
import { useWholeListState } from '../ui/whole-list.ts'
import { defineWords } from '../ui/words.ts'
import { useTransferWords } from './words.ts'

const useWords = defineWords('new-transfer', {
  about: ['From {{branch}}', 'Depuis {{branch}}', 'من {{branch}}'],
  plan: ['Plan the transfer', 'Préparer le transfert', 'تخطيط التحويل'],
  what: ['What goes', 'Articles à envoyer', 'ما سيُرسل'],
  empty: [
    'Scan or search goods. What expires first goes, unless you send a batch by name later.',
    'Scannez ou cherchez des articles. Les plus proches de la péremption partent en premier.',
    'امسح أو ابحث عن الأصناف. يُرسل الأقرب انتهاءً أولًا.',
  ],
  nowhere: [
    'There is no other branch of the same legal entity.',
    'Aucun autre point de vente de la même entité juridique.',
    'لا يوجد فرع آخر للكيان القانوني نفسه.',
  ],
  there: ['Available here', 'Disponible ici', 'المتاح هنا'],
})

interface Line {
  readonly variant_id: string
  readonly name: string
  readonly sku: string | null
  quantity: string
}
interface Values extends Record<string, unknown> {
  to_branch_id: string | null
  expected_on: string
  notes: string
  lines: Line[]
}

/** Plans a transfer from the branch to another. */
export function NewTransfer() {
  const t = useWords()
  const words = useTransferWords()
  const branch = useBranch()
  return (
    <Page title={words('new')} about={branch ? t('about', { branch: branch.name }) : ''}>
      {branch ? <Form key={branch.id} branch={branch} /> : null}
    </Page>
  )
}

function usePlanning(branch: Branch) {
  const navigate = useNavigate()
  const values: Values = { to_branch_id: null, expected_on: '', notes: '', lines: [] }
  return useCommandForm('transfers.create-transfer', {
    values,
    input: ({ to_branch_id, expected_on, notes, lines }) => ({
      from_branch_id: branch.id,
      to_branch_id: to_branch_id ?? '',
      ...(expected_on ? { expected_on } : {}),
      ...(notes.trim() ? { notes: notes.trim() } : {}),
      lines: lines.map(({ variant_id, quantity }) => ({ variant_id, quantity })),
    }),
    onDone: ({ id }) => void navigate({ to: '/transfers/$id', params: { id } }),
  })
}

function Form({ branch }: { branch: Branch }) {
  const t = useWords()
  const words = useTransferWords()
  const common = useCommonWords()
  const of = usePlanning(branch)
  const { form } = of
  const destinations = useWholeListState('transfers.list-destinations', { from_branch_id: branch.id })
  const add = ({ variant_id, name, sku, scanned }: PickedVariant) => {
    if (form.values.lines.some((line) => line.variant_id === variant_id)) return
    form.insertListItem('lines', { variant_id, name, sku, quantity: scanned?.quantity ?? '1' })
  }
  return (
    <form onSubmit={of.send}>
      <Stack>
        {destinations.error ? <Pending error={destinations.error} retry={destinations.retry} /> : null}
        <Paper withBorder p="md">
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Select
              label={words('to')}
              required
              searchable
              nothingFoundMessage={destinations.isLoading ? common('loading') : t('nowhere')}
              data={destinations.items.map(({ id, name }) => ({ value: id, label: name }))}
              {...form.getInputProps('to_branch_id')}
            />
            <TextInput type="date" label={words('expected')} {...form.getInputProps('expected_on')} />
            <Textarea label={words('notes')} autosize {...form.getInputProps('notes')} />
          </SimpleGrid>
        </Paper>
        <Paper withBorder p="md">
          <Stack>
            <PickVariant isStockedOnly label={t('what')} onPick={add} error={form.errors.lines} />
            {form.values.lines.length === 0 ? (
              <Text size="sm" c="dimmed">
                {t('empty')}
              </Text>
            ) : (
              <Lines of={of} branch={branch} />
            )}
          </Stack>
        </Paper>
        <FormEnd of={of} label={t('plan')} />
      </Stack>
    </form>
  )
}

function Lines({ of: { form }, branch }: { of: ReturnType<typeof usePlanning>; branch: Branch }) {
  const t = useWords()
  const words = useTransferWords()
  const common = useCommonWords()
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words('goods')}</Table.Th>
            <Table.Th className="amount">{t('there')}</Table.Th>
            <Table.Th w={140}>{words('quantity')}</Table.Th>
            <Table.Th w={48} aria-label={common('remove')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {form.values.lines.map((line, at) => (
            <Table.Tr key={line.variant_id}>
              <Table.Td>
                <Goods name={line.name} sku={line.sku} />
              </Table.Td>
              <Table.Td className="amount">
                <AvailableHere branchId={branch.id} variantId={line.variant_id} />
              </Table.Td>
              <Table.Td>
                <AmountInput
                  currency=""
                  rightSectionWidth={0}
                  required
                  aria-label={`${words('quantity')}: ${line.name}`}
                  {...form.getInputProps(`lines.${at}.quantity`)}
                />
              </Table.Td>
              <Table.Td>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={`${common('remove')}: ${line.name}`}
                  onClick={() => form.removeListItem('lines', at)}
                >
                  <IconX size={16} />
                </ActionIcon>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
