import { Button, Paper, Stack } from '@mantine/core'
import { IconPrinter } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useCommonWords } from './common-words.ts'

/**
 * A page of HTML that the server made, such as a receipt, as it will look on paper. Nothing in it runs: the frame allows no
 * scripts, and is of this page's origin only so that this page can print it.
 */
export function PrintFrame({ title, html, width = '80mm' }: { title: string; html: string; width?: string }) {
  const t = useCommonWords()
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(480)
  const fit = () => setHeight(frame.current?.contentDocument?.documentElement.scrollHeight ?? 480)
  return (
    <Stack align="center">
      <Button leftSection={<IconPrinter size={18} />} onClick={() => frame.current?.contentWindow?.print()}>
        {t('print')}
      </Button>
      <Paper withBorder shadow="sm" bg="white" p="xs" maw="100%" style={{ overflow: 'auto' }}>
        <iframe
          ref={frame}
          title={title}
          srcDoc={html}
          sandbox="allow-same-origin allow-modals"
          onLoad={fit}
          style={{ border: 0, width, height, display: 'block', colorScheme: 'light' }}
        />
      </Paper>
    </Stack>
  )
}
