import { Alert, Modal, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import type { Input, OperationName } from '../api.ts'
import { Goods } from '../catalog/variants.tsx'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { quantity } from '../ui/format.ts'
import { tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { useStockWords } from './words.ts'

const useWords = defineWords('stock-step', {
  found: ['More is there', 'Il y en a plus', 'الموجود أكثر'],
  lost: ['Less is there', 'Il y en a moins', 'الموجود أقل'],
  direction: ['What is different', 'Ce qui diffère', 'ما الفرق'],
  fromBatch: ['Batch {{number}}', 'Lot {{number}}', 'التشغيلة {{number}}'],
  there: ['{{quantity}} there', '{{quantity}} en stock', 'الموجود {{quantity}}'],
  noteNeeded: ['Say what the other reason is', 'Précisez l’autre motif', 'اذكر السبب الآخر'],
  adjustSays: [
    'The books follow: what is found comes in at its last cost, what is missing is a loss.',
    'La comptabilité suit : le retrouvé entre au dernier coût, le manquant est une perte.',
    'تتبع الحسابات: ما يُعثر عليه يدخل بآخر تكلفة، والناقص خسارة.',
  ],
  writeOffSays: [
    'It leaves stock for good, and its value becomes a loss.',
    'Il sort définitivement du stock et sa valeur devient une perte.',
    'يخرج من المخزون نهائيًا وتصبح قيمته خسارة.',
  ],
  quarantineSays: [
    'It stays in the branch, and nobody can sell it until it is released or written off.',
    'Il reste sur place, mais ne peut être vendu tant qu’il n’est pas libéré ou mis au rebut.',
    'يبقى في الفرع ولا يُباع حتى يُفرج عنه أو يُتلف.',
  ],
  done: ['Stock is up to date.', 'Le stock est à jour.', 'تم تحديث المخزون.'],
})

/** A place of stock that something is done to. */
export interface Place {
  readonly branch_id: string
  readonly variant_id: string
  readonly batch_id: string | null
  readonly batch_number: string | null
  readonly name: string
  readonly sku: string | null
  readonly on_hand: string
  readonly available: string
}
export type Step = 'adjust' | 'write-off' | 'quarantine'

interface StepProps {
  readonly place: Place
  readonly onClose: () => void
}

const reasons = {
  adjust: ['found', 'misplaced', 'wrong_entry', 'wrong_delivery', 'repacked', 'other'],
  'write-off': ['damaged', 'expired', 'stolen', 'lost', 'recalled', 'sample', 'own_use', 'donated', 'other'],
  quarantine: ['suspect', 'damaged', 'expired', 'recalled', 'returned', 'inspection'],
} as const

const touched = ['replenishment', 'valuation']

/** Adjusts, writes off or puts aside some of what lies in a place. */
export function StockStep({ step, place, onClose }: StepProps & { step: Step }) {
  const t = useStockWords()
  const common = useCommonWords()
  const forms = { adjust: Adjust, 'write-off': WriteOff, quarantine: PutAside }
  const titles = { adjust: t('adjust'), 'write-off': t('writeOff'), quarantine: t('putAside') }
  const Form = forms[step]
  return (
    <Modal opened onClose={onClose} title={titles[step]} closeButtonProps={{ 'aria-label': common('close') }}>
      <Form place={place} onClose={onClose} />
    </Modal>
  )
}

interface StepValues extends Record<string, unknown> {
  reason: string
  note: string
  direction: 'found' | 'lost'
  lines: { quantity: string }[]
}

function useStep<N extends OperationName>(
  name: N,
  { step, onClose, input }: { step: Step; onClose: () => void; input: (values: StepValues) => Input<N> },
) {
  const t = useWords()
  const values: StepValues = { reason: reasons[step][0], note: '', direction: 'lost', lines: [{ quantity: '' }] }
  return useCommandForm(name, {
    values,
    input,
    touches: touched,
    onDone: () => {
      tellDone(t('done'))
      onClose()
    },
  })
}

const ofBatch = ({ variant_id, batch_id }: Place) => ({
  variant_id,
  ...(batch_id === null ? { without_batch: true } : { batch_id }),
})
const noteOf = ({ note }: StepValues) => (note.trim() ? { note: note.trim() } : {})

function Adjust({ place, onClose }: StepProps) {
  const t = useWords()
  const stock = useStockWords()
  const of = useStep('inventory.adjust-stock', {
    ...{ step: 'adjust', onClose },
    input: (values) => ({
      branch_id: place.branch_id,
      reason: values.reason as 'found',
      ...noteOf(values),
      lines: values.lines.map((line) => ({ ...ofBatch(place), ...line, direction: values.direction })),
    }),
  })
  const data = (['lost', 'found'] as const).map((value) => ({ value, label: t(value) }))
  return (
    <form onSubmit={of.send}>
      <Stack>
        <About place={place} says={t('adjustSays')} />
        <SegmentedControl aria-label={t('direction')} data={data} {...of.form.getInputProps('direction')} />
        <StepFields of={of} step="adjust" />
        <FormEnd of={of} label={stock('adjust')} />
      </Stack>
    </form>
  )
}

function WriteOff({ place, onClose }: StepProps) {
  const t = useWords()
  const stock = useStockWords()
  const of = useStep('inventory.write-off-stock', {
    ...{ step: 'write-off', onClose },
    input: (values) => ({
      branch_id: place.branch_id,
      reason: values.reason as 'damaged',
      ...noteOf(values),
      lines: values.lines.map((line) => ({ ...ofBatch(place), ...line })),
    }),
  })
  return (
    <form onSubmit={of.send}>
      <Stack>
        <About place={place} says={t('writeOffSays')} />
        <StepFields of={of} step="write-off" />
        <FormEnd of={of} label={stock('writeOff')} color="red" />
      </Stack>
    </form>
  )
}

function PutAside({ place, onClose }: StepProps) {
  const t = useWords()
  const stock = useStockWords()
  const { branch_id, variant_id, batch_id } = place
  const of = useStep('inventory.quarantine-stock', {
    ...{ step: 'quarantine', onClose },
    input: (values) => ({
      branch_id,
      reason: values.reason as 'suspect',
      ...noteOf(values),
      lines: values.lines.map((line) => ({ variant_id, ...(batch_id === null ? {} : { batch_id }), ...line })),
    }),
  })
  return (
    <form onSubmit={of.send}>
      <Stack>
        <About place={place} says={t('quarantineSays')} />
        <StepFields of={of} step="quarantine" />
        <FormEnd of={of} label={stock('putAside')} />
      </Stack>
    </form>
  )
}

function About({ place, says }: { place: Place; says: string }) {
  const t = useWords()
  const stock = useStockWords()
  const batch = place.batch_number === null ? stock('noBatch') : t('fromBatch', { number: place.batch_number })
  return (
    <>
      <div>
        <Goods name={place.name} sku={place.sku} />
        <Text size="sm">{`${batch} · ${t('there', { quantity: quantity(place.on_hand) })}`}</Text>
      </div>
      <Alert variant="default" icon={<IconInfoCircle size={18} />} p="xs">
        {says}
      </Alert>
    </>
  )
}

function StepFields({ of, step }: { of: ReturnType<typeof useStep>; step: Step }) {
  const t = useWords()
  const stock = useStockWords()
  const { form } = of
  const isOther = form.values.reason === 'other'
  return (
    <>
      <AmountInput
        currency=""
        label={stock('quantity')}
        required
        data-autofocus
        {...form.getInputProps('lines.0.quantity')}
      />
      <Select
        label={stock('reason')}
        allowDeselect={false}
        data={reasons[step].map((value) => ({ value, label: stock(`reason-${value}`) }))}
        {...form.getInputProps('reason')}
      />
      <TextInput
        label={stock('note')}
        description={isOther ? t('noteNeeded') : undefined}
        required={isOther}
        {...form.getInputProps('note')}
      />
    </>
  )
}
