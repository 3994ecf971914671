import { Alert, Stack, Text, Textarea } from '@mantine/core'
import { type Output, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { Gaps } from '../sync/certificate.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import type { SessionInFull } from './session-state.ts'
import { useRights } from './use-rights.ts'
import { useCashWords } from './words.ts'

const useWords = defineWords('close-session', {
  says: [
    'Nothing is sold in it any more; it is counted next.',
    'Plus aucune vente ne s’y fera ; on la compte ensuite.',
    'لا بيع فيها بعد ذلك، ويليها العدّ.',
  ],
  end: ['End the session', 'Terminer la session', 'إنهاء الجلسة'],
  incomplete: [
    'Receipts of this session have not arrived yet. Let its devices connect first; otherwise they go to a late session.',
    'Des tickets de cette session ne sont pas arrivés. Laissez ses appareils se connecter ; sinon ils iront dans une session tardive.',
    'لم تصل بعض إيصالات هذه الجلسة. دع أجهزتها تتصل أولًا، وإلا ذهبت إلى جلسة متأخرة.',
  ],
  another: [
    'Somebody who may override this can close it.',
    'Une personne habilitée peut passer outre.',
    'يمكن لمن يملك الصلاحية إقفالها رغم ذلك.',
  ],
  why: ['Why it is closed all the same', 'Pourquoi la fermer quand même', 'سبب إقفالها رغم ذلك'],
})

interface CloseProps {
  readonly session: Pick<SessionInFull, 'id' | 'version' | 'opened_by' | 'status' | 'reconciliation' | 'counts'>
  readonly onClosed: (session: Output<'cash.close-session'>) => void
}

/** Ends a session; where receipts are still on their way it names them, and asks for a reason of whoever may not wait. */
export function CloseForm(props: CloseProps) {
  const may = useMay()
  const asks = may('sync.get-certificate')
  const { data, error } = useRead('sync.get-certificate', { id: props.session.id }, { enabled: asks, staleTime: 0 })
  if (asks && !data) return <Pending error={error} />
  return <Form {...props} certificate={data} />
}

function Form({
  session,
  onClosed,
  certificate,
}: CloseProps & { certificate: Output<'sync.get-certificate'> | undefined }) {
  const t = useWords()
  const cash = useCashWords()
  const { override } = useRights(session)
  const isIncomplete = certificate?.is_complete === false
  const sending = useCommandForm('cash.close-session', {
    values: { override_reason: '' },
    input: ({ override_reason }) => ({
      id: session.id,
      version: session.version,
      ...(override_reason ? { override_reason } : {}),
    }),
    onDone: onClosed,
    touches: ['sync'],
  })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Text size="sm">{t('says')}</Text>
        {isIncomplete ? (
          <Alert color="orange">
            <Text size="sm" mb="xs">
              {t('incomplete')}
            </Text>
            <Gaps certificate={certificate} />
            {override ? null : <Text size="sm">{t('another')}</Text>}
          </Alert>
        ) : null}
        {isIncomplete && override ? (
          <Textarea
            label={t('why')}
            description={cash('reasonHint')}
            required
            maxLength={200}
            data-autofocus
            {...sending.form.getInputProps('override_reason')}
          />
        ) : null}
        {isIncomplete && !override ? null : <FormEnd of={sending} label={t('end')} />}
      </Stack>
    </form>
  )
}
