import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Input, Output } from '../api.ts'
import { nameOfVariant, VariantName, variants } from '../catalog/variants.tsx'
import { useMay } from '../identity/session.ts'
import { readEmployeeName, useEmployeeName } from '../tenants/use-employees.ts'
import { AskReason } from '../ui/ask-reason.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { dateTime, quantity } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { tellDone } from '../ui/tell.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { defineWords } from '../ui/words.ts'
import { QuarantineExpired } from './quarantine-expired.tsx'
import { StockPage } from './stock-page.tsx'
import { useStockWords } from './words.ts'

const useWords = defineWords('quarantine', {
  open: ['In quarantine', 'En quarantaine', 'في الحجر'],
  all: ['All there ever were', 'Historique complet', 'الكل'],
  lines: ['{{count}} lines', '{{count}} lignes', '{{count}} سطرًا'],
  lines_one: ['{{count}} line', '{{count}} ligne', 'سطر واحد'],
  lines_two: ['{{count}} lines', '{{count}} lignes', 'سطران'],
  lines_few: ['{{count}} lines', '{{count}} lignes', '{{count}} أسطر'],
  releaseTitle: ['Release from quarantine', 'Libérer de la quarantaine', 'الإفراج من الحجر'],
  releaseSays: [
    'All that is still put aside here may be sold again.',
    'Tout ce qui est encore isolé ici redevient vendable.',
    'كل ما زال معزولًا هنا يصبح قابلًا للبيع.',
  ],
  writeOffSays: [
    'All that is still put aside here leaves stock for good, and its value becomes a loss.',
    'Tout ce qui est encore isolé ici sort du stock et sa valeur devient une perte.',
    'كل ما زال معزولًا هنا يخرج من المخزون وتصبح قيمته خسارة.',
  ],
  done: ['Stock is up to date.', 'Le stock est à jour.', 'تم تحديث المخزون.'],
  empty: ['Nothing is in quarantine', 'Rien en quarantaine', 'لا شيء في الحجر'],
  emptySays: [
    'Goods under suspicion are put aside from their page; what has expired, with the button above.',
    'Les articles suspects sont isolés depuis leur page ; les périmés, avec le bouton ci-dessus.',
    'تُعزل الأصناف المشتبه بها من صفحتها، والمنتهية بالزر أعلاه.',
  ],
})

type Entry = Output<'inventory.list-quarantine'>['items'][number]
type Doing = { readonly entry: Entry; readonly step: 'release' | 'write-off' }

/** What is put aside in the branch, until somebody releases it or writes it off. */
export function Quarantine() {
  const t = useWords()
  const stock = useStockWords()
  const may = useMay()
  const nameOf = useEmployeeName()
  const { filters, set } = useFilters(['status'])
  const [doing, setDoing] = useState<Doing>()
  const isAll = filters.status === 'all'
  return (
    <StockPage actions={may('inventory.quarantine-expired') ? <QuarantineExpired /> : null}>
      {(branch) => (
        <>
          <List
            operation="inventory.list-quarantine"
            input={{ branch_id: branch.id, status: isAll ? 'all' : 'open' }}
            keyOf={({ id }) => id}
            loadAlong={(items) => variants.load(items.flatMap(({ lines }) => lines.map((line) => line.variant_id)))}
            columns={[
              {
                head: stock('when'),
                cell: (one) => <When>{dateTime(one.recorded_at, branch.time_zone)}</When>,
                text: (one) => one.recorded_at,
              },
              { head: stock('goods'), cell: (one) => <FirstGoods of={one} />, text: goodsOf },
              {
                head: stock('quantity'),
                cell: (one) => one.lines.map(({ open }) => quantity(open)).slice(0, 1),
                text: (one) => one.lines.map(({ open }) => open).join(' + '),
                isAmount: true,
              },
              {
                head: stock('reason'),
                cell: (one) => stock(`reason-${one.reason}`),
                text: (one) => stock(`reason-${one.reason}`),
              },
              { head: stock('note'), cell: (one) => one.note, text: (one) => one.note },
              {
                head: stock('who'),
                cell: (one) => nameOf(one.actor_id),
                text: (one) => readEmployeeName(one.actor_id),
              },
              { head: '', cell: (one) => <Steps entry={one} onChoose={(step) => setDoing({ entry: one, step })} /> },
            ]}
            label={stock('quarantine')}
            file="quarantine"
            filters={
              <Select
                aria-label={stock('status')}
                allowDeselect={false}
                data={[
                  { value: 'open', label: t('open') },
                  { value: 'all', label: t('all') },
                ]}
                value={isAll ? 'all' : 'open'}
                onChange={(status) => set({ status: status === 'all' ? status : null })}
              />
            }
            empty={<Empty title={t('empty')}>{t('emptySays')}</Empty>}
          />
          {doing ? <Settle {...doing} onClose={() => setDoing(undefined)} /> : null}
        </>
      )}
    </StockPage>
  )
}

/** All of them, for files. */
function goodsOf({ lines }: Entry): string {
  return lines.map(({ variant_id }) => nameOfVariant(variants.known(variant_id))).join(' + ')
}

function FirstGoods({ of }: { of: Entry }) {
  const t = useWords()
  const [first, ...others] = of.lines
  if (!first) return null
  return (
    <Group gap="xs" wrap="nowrap">
      <VariantName id={first.variant_id} />
      {others.length > 0 ? (
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {`+ ${t('lines', { count: others.length })}`}
        </Text>
      ) : null}
    </Group>
  )
}

function Steps({ entry, onChoose }: { entry: Entry; onChoose: (step: Doing['step']) => void }) {
  const stock = useStockWords()
  const may = useMay()
  if (entry.lines.every(({ open }) => open === '0')) return null
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {may('inventory.release-from-quarantine') ? (
        <Button size="compact-sm" variant="light" onClick={() => onChoose('release')}>
          {stock('release')}
        </Button>
      ) : null}
      {may('inventory.write-off-quarantine') ? (
        <Button size="compact-sm" variant="light" color="red" onClick={() => onChoose('write-off')}>
          {stock('writeOff')}
        </Button>
      ) : null}
    </Group>
  )
}

function Settle({ entry, step, onClose }: Doing & { onClose: () => void }) {
  const t = useWords()
  const stock = useStockWords()
  if (step === 'write-off') return <WriteOff entry={entry} onClose={onClose} />
  return (
    <AskReason
      operation="inventory.release-from-quarantine"
      title={t('releaseTitle')}
      says={t('releaseSays')}
      label={stock('note')}
      button={stock('release')}
      isRequired={false}
      input={(note) => ({ id: entry.id, ...(note ? { note } : {}) })}
      touches={['replenishment']}
      onDone={() => tellDone(t('done'))}
      onClose={onClose}
    />
  )
}

const writeOffReasons = [
  'damaged',
  'expired',
  'stolen',
  'lost',
  'recalled',
  'sample',
  'own_use',
  'donated',
  'other',
] as const
type WriteOffReason = Input<'inventory.write-off-quarantine'>['reason']

function WriteOff({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const t = useWords()
  const stock = useStockWords()
  const common = useCommonWords()
  const first: WriteOffReason = writeOffReasons.find((one) => one === entry.reason) ?? 'damaged'
  const of = useCommandForm('inventory.write-off-quarantine', {
    values: { reason: first, note: '' },
    input: ({ reason, note }) => ({ id: entry.id, reason, ...(note.trim() ? { note: note.trim() } : {}) }),
    touches: ['replenishment', 'valuation'],
    onDone: () => {
      tellDone(t('done'))
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={stock('writeOff')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={of.send}>
        <Stack>
          <Text size="sm">{t('writeOffSays')}</Text>
          <Select
            label={stock('reason')}
            allowDeselect={false}
            data={writeOffReasons.map((value) => ({ value, label: stock(`reason-${value}`) }))}
            {...of.form.getInputProps('reason')}
          />
          <TextInput
            label={stock('note')}
            required={of.form.values.reason === 'other'}
            {...of.form.getInputProps('note')}
          />
          <FormEnd of={of} label={stock('writeOff')} color="red" />
        </Stack>
      </form>
    </Modal>
  )
}
