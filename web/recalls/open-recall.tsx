import { Alert, Paper, Select, SimpleGrid, Stack, TagsInput, Textarea, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { PickSupplier } from '../parties/pick-party.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { severities, useRecallWords } from './words.ts'

const useWords = defineWords('open-recall', {
  says: [
    'What is left of these batches is blocked in every branch at once. None of it is sold until the recall is closed.',
    'Ce qui reste de ces lots est bloqué partout d’un coup. Rien n’en est vendu jusqu’à la clôture du rappel.',
    'يُحظر الباقي من هذه التشغيلات في كل الفروع فورًا، ولا يُباع منها حتى إغلاق السحب.',
  ],
  lots: ['Numbers on the boxes', 'Numéros de lot sur les boîtes', 'أرقام التشغيلات على العبوات'],
  lotsSay: [
    'Type or scan a number, then Enter. A number that no batch bears is refused.',
    'Saisissez ou scannez un numéro, puis Entrée. Un numéro inconnu est refusé.',
    'اكتب رقمًا أو امسحه ثم Enter. يُرفض الرقم الذي لا تحمله أي تشغيلة.',
  ],
  supplierSays: ['Only lots that it delivered.', 'Seulement les lots qu’il a livrés.', 'التشغيلات التي ورّدها فقط.'],
  reasonSays: ['Name no person in it.', 'Ne nommez personne.', 'لا تذكر اسم شخص.'],
  class_1Says: ['may do lasting harm or kill', 'risque grave ou mortel', 'قد تسبب ضررًا دائمًا أو الوفاة'],
  class_2Says: ['harms for a time', 'effets temporaires', 'ضرر مؤقت'],
  class_3Says: ['hardly does harm', 'risque faible', 'ضرر ضئيل'],
  withdrawalSays: ['no harm to health', 'sans risque pour la santé', 'بلا ضرر صحي'],
})

interface Values extends Record<string, unknown> {
  severity: (typeof severities)[number]
  reason: string
  authority_reference: string
  supplier_id: string
  lot_numbers: string[]
}

/** Opens a recall by the numbers on the boxes. */
export function OpenRecall() {
  const t = useWords()
  const words = useRecallWords()
  const navigate = useNavigate()
  const values: Values = { severity: 'class_1', reason: '', authority_reference: '', supplier_id: '', lot_numbers: [] }
  const of = useCommandForm('recalls.open-recall', {
    values,
    input: ({ severity, reason, authority_reference, supplier_id, lot_numbers }) => ({
      ...{ severity, reason: reason.trim(), lot_numbers },
      ...(authority_reference.trim() ? { authority_reference: authority_reference.trim() } : {}),
      ...(supplier_id ? { supplier_id } : {}),
    }),
    touches: ['inventory', 'replenishment'],
    onDone: ({ id }) => void navigate({ to: '/recalls/$id', params: { id } }),
  })
  const { form } = of
  return (
    <Page title={words('open')}>
      <Paper withBorder p="md" maw={820}>
        <form onSubmit={of.send}>
          <Stack>
            <Alert variant="light" color="red" icon={<IconAlertTriangle size={18} />}>
              {t('says')}
            </Alert>
            <TagsInput
              label={t('lots')}
              description={t('lotsSay')}
              required
              acceptValueOnBlur
              data-autofocus
              {...form.getInputProps('lot_numbers')}
            />
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Select
                label={words('severity')}
                allowDeselect={false}
                data={severities.map((value) => ({ value, label: `${words(value)} · ${t(`${value}Says`)}` }))}
                {...form.getInputProps('severity')}
              />
              <TextInput label={words('authority')} {...form.getInputProps('authority_reference')} />
            </SimpleGrid>
            <PickSupplier
              label={words('supplier')}
              description={t('supplierSays')}
              {...form.getInputProps('supplier_id')}
            />
            <Textarea
              label={words('reason')}
              description={t('reasonSays')}
              required
              autosize
              minRows={2}
              {...form.getInputProps('reason')}
            />
            <FormEnd of={of} label={words('open')} color="red" />
          </Stack>
        </form>
      </Paper>
    </Page>
  )
}
