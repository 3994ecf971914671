import { Alert, Button, Group, Menu, Modal, Stack } from '@mantine/core'
import { IconPrinter, IconReceipt } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { type Output, useCommand } from '../api.ts'
import { useWorkplace } from '../identity/session.ts'
import { bytesOf } from '../ui/base64.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { download } from '../ui/csv.ts'
import { Pending } from '../ui/page.tsx'
import { PrintFrame } from '../ui/print-frame.tsx'
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
        {page === undefined ? null : (
          <PrintFrame title={`${t('receipt')} ${sale.number}`} html={page} isPrintedAtOnce />
        )}
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
