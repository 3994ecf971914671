import { Alert, Box, Button, Group, Menu, Modal, Stack } from '@mantine/core'
import { IconPrinter, IconReceipt } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { type Output, useCommand } from '../api.ts'
import { useWorkplace } from '../identity/session.ts'
import { bytesOf } from '../ui/base64.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { download } from '../ui/csv.ts'
import { Pending } from '../ui/page.tsx'
import { tell } from '../ui/tell.tsx'
import { words } from '../ui/words.ts'
import { useSaleWords } from './words.ts'

const papers = [
  [32, 58],
  [42, 80],
  [48, 80],
] as const

interface PrintedSale {
  readonly id: string
  readonly number: string
  /** How often its receipt was printed. */
  readonly printed: number
}

/** The receipt of a sale, to be seen and printed. Each print is counted by the server, so a copy is asked for first. */
export function PrintReceipt({ sale, close }: { sale: PrintedSale; close: () => void }) {
  const t = useSaleWords()
  const common = useCommonWords()
  const { tenant } = useWorkplace()
  const print = useCommand('sales.print-receipt')
  const wasPrinted = useRef(sale.printed > 0)
  const [page, setPage] = useState<string>()
  // Arabic letters of an app in Arabic, with the numbers of the country.
  const locale = [words.language, tenant.locale.split('-')[1]].filter(Boolean).join('-')
  const write = () =>
    print.mutate(
      { id: sale.id, format: 'html', locale },
      { onSuccess: ({ content }) => setPage(content ?? ''), onError: tell },
    )
  const writeBytes = (columns: (typeof papers)[number][0]) =>
    print.mutate(
      { id: sale.id, format: 'escpos', columns, locale },
      { onSuccess: (printed) => keep(sale.number, printed), onError: tell },
    )
  return (
    <Modal
      opened
      onClose={close}
      title={`${t('receipt')} ${sale.number}`}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack>
        {wasPrinted.current && page === undefined ? <Alert color="yellow">{t('copySays')}</Alert> : null}
        {page === undefined ? null : <Paper80 page={page} title={`${t('receipt')} ${sale.number}`} />}
        {page === undefined && print.isPending ? <Pending error={undefined} /> : null}
        {page === undefined ? (
          <Group justify="flex-end">
            <Menu>
              <Menu.Target>
                <Button variant="default" leftSection={<IconReceipt size={16} />}>
                  {t('escpos')}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {papers.map(([count, mm]) => (
                  <Menu.Item key={count} onClick={() => writeBytes(count)}>
                    {t('columns', { count, mm })}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <Button leftSection={<IconPrinter size={16} />} loading={print.isPending} onClick={write} data-autofocus>
              {t(wasPrinted.current ? 'printCopy' : 'print')}
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Modal>
  )
}

function keep(number: string, { content }: Output<'sales.print-receipt'>): void {
  download(`${number}.bin`, new Blob([bytesOf(content ?? '')], { type: 'application/octet-stream' }))
}

/** A page as wide as the roll. It runs nothing: only this app may ask it to be printed. */
function Paper80({ page, title }: { page: string; title: string }) {
  const common = useCommonWords()
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(320)
  const print = () => frame.current?.contentWindow?.print()
  const fit = () => {
    setHeight((frame.current?.contentDocument?.documentElement.scrollHeight ?? 320) + 8)
    print()
  }
  useEffect(() => {
    frame.current?.setAttribute('srcdoc', page)
  }, [page])
  return (
    <Stack>
      <Box mx="auto" bg="white" style={{ border: '1px solid var(--mantine-color-default-border)' }}>
        <iframe
          ref={frame}
          title={title}
          sandbox="allow-same-origin allow-modals"
          onLoad={fit}
          style={{ display: 'block', width: '80mm', maxWidth: '100%', height, border: 0 }}
        />
      </Box>
      <Group justify="flex-end">
        <Button leftSection={<IconPrinter size={16} />} onClick={print}>
          {common('print')}
        </Button>
      </Group>
    </Stack>
  )
}
