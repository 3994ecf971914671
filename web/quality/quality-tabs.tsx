import { Button } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { tell } from '../ui/tell.tsx'
import { useQualityWords } from './words.ts'

/** The pages about rules and what they found. */
export function QualityTabs() {
  const t = useQualityWords()
  const pages = [
    { to: '/quality', name: t('rules') },
    { to: '/quality/runs', name: t('runs') },
  ]
  return <LinkTabs label={t('title')} pages={pages} />
}

/** Has all rules judged now, and shows what they find. */
export function RunNow() {
  const t = useQualityWords()
  const may = useMay()
  const navigate = useNavigate()
  const run = useCommand('quality.run-rules')
  if (!may('quality.run-rules')) return null
  const begin = () =>
    run.mutate({}, { onSuccess: ({ id }) => void navigate({ to: '/quality/runs/$id', params: { id } }), onError: tell })
  return (
    <Button leftSection={<IconPlayerPlay size={16} />} loading={run.isPending} onClick={begin}>
      {t('runNow')}
    </Button>
  )
}
