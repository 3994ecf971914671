import { Alert, Button, Code, Drawer, Group, Stack, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type Output, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useDevices, useRegisters } from '../registers/use-registers.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, money, quantity } from '../ui/format.ts'
import { Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { useFaultWords } from './fault-words.ts'
import { OutcomeBadge, Resolution, ResolveForm } from './resolution.tsx'
import { useSyncWords } from './words.ts'

const useWords = defineWords('exception-detail', {
  server: ['What the server says', 'Ce que dit le serveur', 'ما يقوله الخادم'],
  printed: [
    'The customer’s paper says {{number}}.',
    'Le ticket du client porte {{number}}.',
    'إيصال العميل يحمل {{number}}.',
  ],
  session: ['Its cash session', 'Sa session de caisse', 'جلسة الصندوق'],
  sale: ['The sale', 'La vente', 'عملية البيع'],
  note: ['Note of the till', 'Note de la caisse', 'ملاحظة نقطة البيع'],
  notedAt: ['Noted {{when}} at {{register}}', 'Noté {{when}}, {{register}}', 'دُوّنت {{when}} في {{register}}'],
  noText: ['Its text is not kept.', 'Son texte n’est pas conservé.', 'لم يُحفظ نصها.'],
  total: ['Total', 'Total', 'المجموع'],
  atTill: ['Sold {{when}} at {{register}}', 'Vendu {{when}}, {{register}}', 'بيع {{when}} في {{register}}'],
  through: ['through {{device}}', 'via {{device}}', 'عبر {{device}}'],
})

type Exception = Output<'sync.get-exception'>

/** One exception beside the list: what is wrong, with which sale, and how it is settled. */
export function ExceptionDetail({ id, close }: { id: string; close: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const sync = useSyncWords()
  const { data, error, refetch } = useRead('sync.get-exception', { id })
  const receipt = data?.printed_number ? `${sync('receipt')} ${data.printed_number}` : sync('receipt')
  const title = data?.note ? t('note') : receipt
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="lg"
      title={<Text fw={650}>{title}</Text>}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {data ? <About exception={data} /> : <Pending error={error} retry={() => void refetch()} />}
    </Drawer>
  )
}

function About({ exception }: { exception: Exception }) {
  const t = useWords()
  const may = useMay()
  const faults = useFaultWords()
  const { registerName } = useRegisters()
  const { deviceName } = useDevices()
  const { zoneOf } = useBranchOf()
  const { resolution, made_at, branch_id, device_id, session_id, note } = exception
  const when = made_at ? dateTime(made_at, zoneOf(branch_id)) : '—'
  const device = deviceName(device_id)
  return (
    <Stack>
      <div>
        <Group gap="xs">
          <Text fw={650}>{faults(exception.kind)}</Text>
          <OutcomeBadge resolution={resolution} />
        </Group>
        <Text size="sm" c="dimmed">
          {t(note ? 'notedAt' : 'atTill', { when, register: registerName(exception.register_id) })}
          {device ? ` ${t('through', { device })}` : ''}
        </Text>
      </div>
      <Alert color="orange" title={t('server')}>
        <bdi>{exception.detail}</bdi>
      </Alert>
      {exception.printed_number === null || exception.printed_number === exception.receipt_number ? null : (
        <Text size="sm">{t('printed', { number: exception.printed_number })}</Text>
      )}
      {exception.sale_id !== null && may('sales.get-sale') ? (
        <Sale id={exception.sale_id} line={exception.line} />
      ) : null}
      {note && may('sync.get-note') ? <Note id={note.id} /> : null}
      {session_id !== null && may('cash.get-session') ? (
        <Button
          variant="default"
          style={{ alignSelf: 'start' }}
          renderRoot={(props) => <Link to="/cash/$id" params={{ id: session_id }} {...props} />}
        >
          {t('session')}
        </Button>
      ) : null}
      {resolution ? <Resolution resolution={resolution} branchId={branch_id} /> : null}
      {!resolution && may('sync.resolve-exception') ? (
        <ResolveForm operation="sync.resolve-exception" id={exception.id} />
      ) : null}
    </Stack>
  )
}

/** What the device noted, as it came. */
function Note({ id }: { id: string }) {
  const t = useWords()
  const { data, error, refetch } = useRead('sync.get-note', { id })
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  if (data.body === null) return <Text size="sm">{t('noText')}</Text>
  return (
    <Code block dir="ltr" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {data.body}
    </Code>
  )
}

/** What was sold, with the line that it is about. */
function Sale({ id, line }: { id: string; line: number | null }) {
  const t = useWords()
  const sync = useSyncWords()
  const { data, error } = useRead('sales.get-sale', { id })
  if (!data) return <Pending error={error} />
  return (
    <div>
      <Text size="sm" fw={650}>
        {t('sale')} <span className="code">{data.number}</span>
      </Text>
      <Table verticalSpacing={4}>
        <Table.Tbody>
          {data.lines.map((sold, at) => {
            const isMeant = line === at + 1
            return (
              <Table.Tr key={sold.line} {...(isMeant ? { bg: 'var(--mantine-color-orange-light)' } : {})}>
                <Table.Td>
                  {sold.name}
                  {isMeant ? (
                    <Text size="xs" c="orange">
                      {`${sync('line')} ${line}`}
                    </Text>
                  ) : null}
                </Table.Td>
                <Table.Td className="amount">
                  {`${quantity(sold.quantity)} × ${money(sold.unit_price, data.currency)}`}
                </Table.Td>
                <Table.Td className="amount">{money(sold.total, data.currency)}</Table.Td>
              </Table.Tr>
            )
          })}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th colSpan={2}>{t('total')}</Table.Th>
            <Table.Th className="amount">{money(data.total, data.currency)}</Table.Th>
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </div>
  )
}
