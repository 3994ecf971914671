import { Button, Select } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useCommand, useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { dateTime } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { CertificateView } from './certificate-view.tsx'
import { useIntegrityWords } from './words.ts'

/** The newest certificate of the tenant, whole, and those before it. */
export function Certificates() {
  const t = useIntegrityWords()
  const may = useMay()
  const newest = useRead('integrity.list-certificates', { limit: 1 })
  const id = newest.data?.items[0]?.id
  return (
    <Page title={t('title')} about={t('about')} actions={may('integrity.create-certificate') ? <Prove /> : null}>
      {newest.data ? null : <Pending error={newest.error} />}
      {newest.data && !id ? (
        <Empty title={t('none')} action={may('integrity.create-certificate') ? <Prove /> : null}>
          {t('noneLead')}
        </Empty>
      ) : null}
      {id ? <CertificateView id={id} /> : null}
      {id ? <Earlier /> : null}
    </Page>
  )
}

/** Takes a certificate now. */
function Prove() {
  const t = useIntegrityWords()
  const command = useCommand('integrity.create-certificate')
  return (
    <Button
      leftSection={<IconShieldCheck size={18} />}
      loading={command.isPending}
      onClick={() => command.mutate({}, { onSuccess: () => tellDone(t('proved')), onError: tell })}
    >
      {t('prove')}
    </Button>
  )
}

const verdicts = ['holds', 'broken'] as const

function Earlier() {
  const t = useIntegrityWords()
  const navigate = useNavigate()
  const { tenant } = useWorkplace()
  const { filters, set } = useFilters(['verdict'])
  const verdict = verdicts.find((one) => one === filters.verdict)
  return (
    <List
      operation="integrity.list-certificates"
      input={verdict ? { verdict } : {}}
      filters={
        <Select
          aria-label={t('title')}
          placeholder={t('anyVerdict')}
          clearable
          w={240}
          value={verdict ?? null}
          onChange={(next) => set({ verdict: next })}
          data={verdicts.map((one) => ({ value: one, label: t(one) }))}
        />
      }
      label={t('earlier')}
      file="certificates"
      keyOf={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: '/integrity/$id', params: { id } } as never)}
      filteredBy={['verdict']}
      empty={null}
      columns={[
        {
          head: t('takenAt'),
          cell: ({ taken_at }) => dateTime(taken_at, tenant.time_zone),
          text: ({ taken_at }) => String(taken_at),
        },
        {
          head: t('title'),
          cell: ({ verdict }) => <Tag tone={verdict === 'holds' ? 'good' : 'bad'}>{t(verdict)}</Tag>,
          text: ({ verdict }) => verdict,
        },
        { head: t('reason'), cell: ({ reason }) => t(reason), text: ({ reason }) => reason },
        {
          head: t('head'),
          cell: ({ head_seq }) => <span className="code">{head_seq}</span>,
          text: ({ head_seq }) => String(head_seq),
        },
      ]}
    />
  )
}
