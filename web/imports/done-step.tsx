import { Alert, List as Bullets, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconArrowBackUp, IconPlayerPlay } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { problemOf, useCommand } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { confirm } from '../ui/confirm.tsx'
import { Figure, Figures } from '../ui/figure.tsx'
import { dateTime, quantity } from '../ui/format.ts'
import { sayProblem } from '../ui/problem.ts'
import { Tag } from '../ui/tag.tsx'
import { told } from '../ui/told.tsx'
import { defineWords } from '../ui/words.ts'
import { Became } from './became.tsx'
import { Errors } from './errors.tsx'
import { undoWords } from './fault-phrases.ts'
import { RunProgress } from './run-progress.tsx'
import { type Import, type Target, useRun } from './use-import.ts'
import { toneOfStatus, useImportWords } from './words.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-done', {
  ...undoWords,
  documents: ['Show its documents', 'Voir ses pièces', 'عرض مستنداتها'],
  undo: ['Undo the import', 'Annuler l’import', 'التراجع عن الاستيراد'],
  undoTitle: ['Take all of it back?', 'Tout annuler ?', 'التراجع عن كل شيء؟'],
  undoSays: ['Documents and books are reversed, stock is corrected, what was changed says again what it said before, and what was made is deleted where nothing uses it.', 'Pièces et écritures sont contrepassées, le stock est corrigé, ce qui a été modifié retrouve sa valeur, et ce qui a été créé est supprimé si rien ne l’utilise.', 'تُعكس المستندات والقيود ويُصحَّح المخزون، ويعود ما عُدّل إلى ما كان عليه، ويُحذف ما أُنشئ إن لم يستخدمه شيء.'],
  undoButton: ['Undo', 'Annuler l’import', 'تراجع'],
  cannot: ['What came in stays: of these there is no undo.', 'Ce qui est importé reste acquis : il n’y a pas d’annulation.', 'ما استُورد يبقى: لا تراجع عنه.'],
  goOn: ['Go on importing', 'Reprendre l’import', 'متابعة الاستيراد'],
  by: ['{{name}}, {{time}}', '{{name}}, {{time}}', '{{name}}، {{time}}'],
  undoneOn: ['Undone: {{time}}', 'Annulé : {{time}}', 'تم التراجع: {{time}}'],
})

/** An import that comes in, is in, or was taken back. */
export function DoneStep({ of, target }: { of: Import; target: Target }) {
  const t = useWords()
  const words = useImportWords()
  const nameOf = useEmployeeName()
  const { tenant } = useWorkplace()
  if (of.status === 'committing' || of.status === 'undoing') return <RunProgress of={of} />
  const at = (time: string | Date) => dateTime(time, tenant.time_zone)
  return (
    <Stack>
      <Group gap="sm">
        <Tag tone={toneOfStatus[of.status]}>{words(`state-${of.status}`)}</Tag>
        {of.committed_at === null ? null : (
          <Text size="sm" c="dimmed">
            {t('by', { name: nameOf(of.employee_id), time: at(of.committed_at) })}
          </Text>
        )}
        {of.undone_at === null || of.status === 'stopped' ? null : (
          <Text size="sm">{t('undoneOn', { time: at(of.undone_at) })}</Text>
        )}
      </Group>
      <Rows of={of} />
      <Ends of={of} target={target} />
      {of.failed_rows > 0 && of.status !== 'undone' ? <Errors of={of} /> : null}
      {of.status === 'undone' ? null : <Became of={of} />}
    </Stack>
  )
}

function Rows({ of }: { of: Import }) {
  const words = useImportWords()
  const value = (rows: number) => quantity(String(rows))
  return (
    <Figures>
      <Figure label={words('created')} value={value(of.created_rows)} tone="good" />
      <Figure label={words('updated')} value={value(of.updated_rows)} tone="info" />
      <Figure label={words('skipped')} value={value(of.skipped_rows)} />
      <Figure label={words('rejected')} value={value(of.failed_rows)} tone={of.failed_rows > 0 ? 'warn' : 'plain'} />
    </Figures>
  )
}

const standing: readonly string[] = ['committed', 'stopped']

/** What can still be done with what came in. */
function Ends({ of, target }: { of: Import; target: Target }) {
  const t = useWords()
  const words = useImportWords()
  const may = useMay()
  const { tenant } = useWorkplace()
  const undo = useCommand('imports.undo-import')
  const commit = useRun('imports.commit-import')
  if (!standing.includes(of.status)) return null
  if (!target.can_be_undone) return <Text c="dimmed">{t('cannot')}</Text>
  const ask = () =>
    confirm({
      title: t('undoTitle'),
      says: t('undoSays'),
      button: t('undoButton'),
      act: () => undo.mutate({ id: of.id, version: of.version }),
    })
  const until = dateTime(of.expires_at, tenant.time_zone)
  return (
    <>
      {undo.error ? <Blocked error={undo.error} /> : null}
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {of.stored_path === null ? null : words('removedOn', { day: until })}
        </Text>
        <Group>
          {target.name === 'sales' && may('history.list-documents') ? (
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/sales/earlier" search={{ import: of.id } as never} {...props} />}
            >
              {t('documents')}
            </Button>
          ) : null}
          {of.status === 'stopped' && of.undone_at === null && may('imports.commit-import') ? (
            <Button
              leftSection={<IconPlayerPlay size={16} />}
              loading={commit.isSending}
              onClick={() => void commit.run(of)}
            >
              {t('goOn')}
            </Button>
          ) : null}
          {may('imports.undo-import') && of.stored_path !== null ? (
            <Button
              variant="default"
              leftSection={<IconArrowBackUp size={16} className="turns" />}
              loading={undo.isPending}
              onClick={ask}
            >
              {t('undo')}
            </Button>
          ) : null}
        </Group>
      </Group>
    </>
  )
}

const isReason = (code: string): code is keyof typeof undoWords => Object.hasOwn(undoWords, code)

/** Why an import cannot be taken back: what depends on it, by name. */
function Blocked({ error }: { error: unknown }) {
  const t = useWords()
  const problem = problemOf(error)
  const named = problem?.errors ?? []
  return (
    <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
      {named.length === 0 ? told(error) : <Text size="sm">{sayProblem(error).said}</Text>}
      <Bullets size="sm">
        {named.map(({ path, code, message }) => {
          return (
            <Bullets.Item key={`${path} ${code}`}>
              <bdi>{path}</bdi>: {isReason(code) ? t(code) : message}
            </Bullets.Item>
          )
        })}
      </Bullets>
    </Alert>
  )
}
