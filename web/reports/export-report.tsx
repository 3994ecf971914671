import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import { call } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { csvOf, download } from '../ui/csv.ts'
import { tell, tellDone } from '../ui/tell.tsx'
import { words } from '../ui/words.ts'
import { useCellText } from './cells.ts'
import type { Given } from './parameters.ts'
import type { Description } from './use-reports.ts'
import { useReportWords } from './words.ts'

type Format = 'csv' | 'xlsx'

/** All rows of a report as a file, also those that the page does not show. */
export function ExportReport({ description, given }: { description: Description; given: Given }) {
  const t = useReportWords()
  const common = useCommonWords()
  const { labelOf } = useCellText(description.name)
  const [writing, setWriting] = useState<Format>()
  const write = async (format: Format) => {
    setWriting(format)
    try {
      const file = await call('reports.export-report', { report: description.name, parameters: given, format })
      const bytes = Uint8Array.from(atob(file.content), (letter) => letter.charCodeAt(0))
      const [heads = ''] = csvOf([description.columns.map(labelOf)]).split('\r\n')
      const content = format === 'csv' ? withHeads(bytes, heads) : bytes
      download(file.file_name, new Blob([content], { type: file.media_type }))
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

/** The first line of the file names the columns in English; here they are named as on the page. */
function withHeads(bytes: Uint8Array<ArrayBuffer>, heads: string): string | Uint8Array<ArrayBuffer> {
  if (words.language === 'en') return bytes
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  return heads + text.slice(text.indexOf('\r\n'))
}
