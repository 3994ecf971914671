import { useParams } from '@tanstack/react-router'
import { Page } from '../ui/page.tsx'
import { CertificateView } from './certificate-view.tsx'
import { useIntegrityWords } from './words.ts'

/** An earlier certificate. */
export function CertificatePage() {
  const t = useIntegrityWords()
  const { id } = useParams({ strict: false }) as { id: string }
  return (
    <Page title={t('title')} about={t('about')}>
      <CertificateView id={id} />
    </Page>
  )
}
