import { Alert, Button, Group, Stack } from '@mantine/core'
import { IconCircleCheck, IconRefresh } from '@tabler/icons-react'
import { useMay } from '../identity/session.ts'
import { Figure, Figures } from '../ui/figure.tsx'
import { percent, quantity } from '../ui/format.ts'
import { defineWords } from '../ui/words.ts'
import { Errors } from './errors.tsx'
import { RunProgress } from './run-progress.tsx'
import { type Import, useRun } from './use-import.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-check', {
  rows: ['Rows', 'Lignes', 'الصفوف'],
  wrong: ['Wrong rows', 'Lignes erronées', 'صفوف خاطئة'],
  accuracy: ['Accuracy', 'Exactitude', 'الدقة'],
  accuracySays: ['rows without an error', 'lignes sans erreur', 'صفوف بلا أخطاء'],
  completeness: ['Completeness', 'Complétude', 'الاكتمال'],
  completenessSays: ['cells that say something', 'cellules renseignées', 'خلايا غير فارغة'],
  allRight: ['Every row is right', 'Toutes les lignes sont bonnes', 'كل الصفوف صحيحة'],
  allRightSays: ['See in a dry run what would come of it.', 'Voyez par une simulation ce qu’il en résulterait.', 'شاهد في تجربة ما سينتج عنها.'],
  again: ['Check again', 'Vérifier à nouveau', 'إعادة الفحص'],
  trial: ['Dry run', 'Simuler', 'تجربة'],
  trialSays: ['Wrong rows can be put right here, or left out: the others come in without them.', 'Les lignes erronées se corrigent ici, ou restent de côté : les autres sont importées sans elles.', 'تُصحَّح الصفوف الخاطئة هنا أو تُترك: تُستورد البقية من دونها.'],
})

/** What a check found: how good the file is, and what is wrong, to be put right on the spot. */
export function CheckStep({ of }: { of: Import }) {
  const t = useWords()
  if (of.status === 'checking') return <RunProgress of={of} />
  const isRight = of.failed_rows === 0
  return (
    <Stack>
      <Figures>
        <Figure label={t('rows')} value={quantity(String(of.total_rows ?? 0))} />
        <Figure label={t('wrong')} value={quantity(String(of.failed_rows))} tone={isRight ? 'good' : 'warn'} />
        <Figure label={t('accuracy')} value={percent(of.accuracy_score ?? '0')} about={t('accuracySays')} />
        <Figure label={t('completeness')} value={percent(of.completeness_score ?? '0')} about={t('completenessSays')} />
      </Figures>
      {isRight ? (
        <Alert color="green" icon={<IconCircleCheck size={18} />} title={t('allRight')}>
          {t('allRightSays')}
        </Alert>
      ) : (
        <Errors of={of} about={t('trialSays')} />
      )}
      <Next of={of} />
    </Stack>
  )
}

function Next({ of }: { of: Import }) {
  const t = useWords()
  const may = useMay()
  const check = useRun('imports.check-import')
  const attempt = useRun('imports.try-import')
  const isSending = check.isSending || attempt.isSending
  if (!may('imports.try-import')) return null
  return (
    <Group justify="flex-end">
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} />}
        loading={check.isSending}
        disabled={isSending}
        onClick={() => void check.run(of)}
      >
        {t('again')}
      </Button>
      <Button loading={attempt.isSending} disabled={isSending} onClick={() => void attempt.run(of)}>
        {t('trial')}
      </Button>
    </Group>
  )
}
