import { Alert, Anchor, Button, Text } from '@mantine/core'
import { IconAlertTriangle, IconArrowBack, IconCopy } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { useCommonWords } from '../ui/common-words.ts'
import { Page, Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { CheckStep } from './check-step.tsx'
import { ColumnsStep } from './columns-step.tsx'
import { DoneStep } from './done-step.tsx'
import { useImportNames } from './field-words.ts'
import { FileStep } from './file-step.tsx'
import './import.css'
import { Steps } from './steps.tsx'
import { TrialStep } from './trial-step.tsx'
import { type Import, type Target, useImport, useStep, useTargets } from './use-import.ts'
import { useImportWords } from './words.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-page', {
  repeated: ['This file is in already', 'Ce fichier a déjà été importé', 'استُورد هذا الملف من قبل'],
  repeatedSays: ['Nothing is brought in twice. Look at what became of it the first time; to bring it in anew, undo that import first.', 'Rien n’est importé deux fois. Voyez ce qu’il en est advenu la première fois ; pour le reprendre, annulez d’abord cet import.', 'لا يُستورد شيء مرتين. اطّلع على نتيجته في المرة الأولى؛ ولاستيراده من جديد تراجع عن ذلك الاستيراد أولًا.'],
  toFirst: ['To the first import', 'Voir le premier import', 'إلى الاستيراد الأول'],
})

/** One import, at the step that its state asks for. */
export function ImportPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const found = useImport(id)
  const target = useTargets().find(({ name }) => name === found.data?.target)
  if (!found.data || !target) return <Pending error={found.error} retry={() => void found.refetch()} />
  return <Shown of={found.data} target={target} />
}

function Shown({ of, target }: { of: Import; target: Target }) {
  const words = useImportWords()
  const common = useCommonWords()
  const { targetOf } = useImportNames()
  const place = useStep(of)
  return (
    <Page
      title={of.name}
      about={targetOf(of.target, target.title)}
      actions={
        <Button
          variant="default"
          leftSection={<IconArrowBack size={18} className="turns" />}
          renderRoot={(props) => <Link to="/imports" {...props} />}
        >
          {common('back')}
        </Button>
      }
    >
      {of.status === 'repeated' ? (
        <Repeated of={of} />
      ) : (
        <>
          <Steps {...place} isOver={of.status === 'committed'} />
          {of.fault === null ? null : (
            <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />} title={words('fault')}>
              <Text size="sm" lang="en" dir="ltr">
                {of.fault}
              </Text>
            </Alert>
          )}
          <View of={of} target={target} step={place.step} />
        </>
      )}
    </Page>
  )
}

function View({ of, target, step }: { of: Import; target: Target; step: ReturnType<typeof useStep>['step'] }) {
  // Whatever was decided meanwhile begins the form anew.
  if (step === 'file') return <FileStep key={of.version} of={of} />
  if (step === 'columns') return <ColumnsStep key={of.version} of={of} target={target} />
  if (step === 'check') return <CheckStep of={of} />
  if (step === 'trial') return <TrialStep of={of} target={target} />
  return <DoneStep of={of} target={target} />
}

function Repeated({ of }: { of: Import }) {
  const t = useWords()
  return (
    <Alert color="blue" icon={<IconCopy size={18} />} title={t('repeated')}>
      <Text size="sm" mb="xs">
        {t('repeatedSays')}
      </Text>
      {of.first_import_id === null ? null : (
        <Anchor
          size="sm"
          fw={600}
          renderRoot={(props) => <Link to="/imports/$id" params={{ id: of.first_import_id ?? '' }} {...props} />}
        >
          {t('toFirst')}
        </Anchor>
      )}
    </Alert>
  )
}
