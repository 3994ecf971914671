import { Button, Paper, Stack } from '@mantine/core'
import { IconPrinter } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useCommonWords } from './common-words.ts'

/**
 * A page of HTML that the server made for a roll of 80 mm, such as a receipt, as it will look on paper. Nothing in it runs: the frame allows no
 * scripts, and is of this page's origin only so that this page can print it.
 */
export function PrintFrame(props: { title: string; html: string; isPrintedAtOnce?: boolean }) {
  const t = useCommonWords()
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(480)
  const print = () => frame.current?.contentWindow?.print()
  const show = () => {
    setHeight(frame.current?.contentDocument?.documentElement.scrollHeight ?? 480)
    if (props.isPrintedAtOnce) print()
  }
  return (
    <Stack align="center">
      <Button leftSection={<IconPrinter size={18} />} onClick={print}>
        {t('print')}
      </Button>
      <Paper withBorder shadow="sm" bg="white" p="xs" maw="100%" style={{ overflow: 'auto' }}>
        <iframe
          ref={frame}
          title={props.title}
          srcDoc={props.html}
          sandbox="allow-same-origin allow-modals"
          onLoad={show}
          style={{ border: 0, width: '80mm', height, display: 'block', colorScheme: 'light' }}
        />
      </Paper>
    </Stack>
  )
}
