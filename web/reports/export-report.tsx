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

/** All rows of a report as a file, also those that the page does not show. */
export function ExportReport({ description, given }: { description: Description; given: Given }) {
  const t = useReportWords()
  const common = useCommonWords()
  const { labelOf } = useCellText(description.name)
  const [isBusy, setBusy] = useState(false)
  const write = async () => {
    setBusy(true)
    try {
      const asked = { report: description.name, parameters: given, format: 'csv' } as const
      const file = await call('reports.export-report', asked)
      const [heads = ''] = csvOf([description.columns.map(labelOf)]).split('\r\n')
      download(file.file_name, withHeads(textOf(file.content), heads), file.media_type)
      if (file.is_truncated) tellDone(t('fileTruncated'))
    } catch (error) {
      tell(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button
      className="no-print"
      variant="default"
      leftSection={<IconDownload size={18} />}
      loading={isBusy}
      onClick={() => void write()}
    >
      {common('exportCsv')}
    </Button>
  )
}

function textOf(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

/** The first line of the file names the columns in English; here they are named as on the page. */
function withHeads(text: string, heads: string): string {
  return words.language === 'en' ? text : heads + text.slice(text.indexOf('\r\n'))
}
