import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import { call } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { download } from '../ui/csv.ts'
import { tell, tellDone } from '../ui/tell.tsx'
import { words } from '../ui/words.ts'
import type { Given } from './parameters.ts'
import type { Description } from './use-reports.ts'
import { useReportWords } from './words.ts'

type Format = 'csv' | 'xlsx'

/** All rows of a report as a file, also those that the page does not show. */
export function ExportReport({ description, given }: { description: Description; given: Given }) {
  const t = useReportWords()
  const common = useCommonWords()
  const [writing, setWriting] = useState<Format>()
  const write = async (format: Format) => {
    setWriting(format)
    try {
      const asked = { report: description.name, parameters: given, format, locale: words.language }
      const file = await call('reports.export-report', asked)
      const bytes = Uint8Array.from(atob(file.content), (letter) => letter.charCodeAt(0))
      download(file.file_name, new Blob([bytes], { type: file.media_type }))
      if (file.is_truncated) tellDone(t('fileTruncated'))
    } catch (error) {
      tell(error)
    } finally {
      setWriting(undefined)
    }
  }
  const button = (format: Format, label: string) => (
    <Button
      variant="default"
      leftSection={<IconDownload size={18} />}
      loading={writing === format}
      disabled={writing !== undefined}
      onClick={() => void write(format)}
    >
      {label}
    </Button>
  )
  return (
    <Button.Group className="no-print">
      {button('csv', common('exportCsv'))}
      {button('xlsx', t('xlsx'))}
    </Button.Group>
  )
}
