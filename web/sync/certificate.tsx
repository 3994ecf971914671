import { Badge, Group, List, Paper, Text, Title } from '@mantine/core'
import { receiptNumberOf } from '../../server/registers/receipt-number.ts'
import { type Output, useRead } from '../api.ts'
import { useDevices, useRegisters } from '../registers/use-registers.ts'
import { Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { useFaultWords } from './fault-words.ts'

const useWords = defineWords('certificate', {
  title: ['Receipts of the session', 'Tickets de la session', 'إيصالات الجلسة'],
  complete: ['All here', 'Complets', 'كاملة'],
  incomplete: ['Some missing', 'Incomplets', 'ناقصة'],
  none: ['No receipt yet.', 'Aucun ticket encore.', 'لا إيصالات بعد.'],
  range: [
    'Receipts {{first}} to {{last}}: {{receipts}} are here, {{offline}} of them sold offline.',
    'Tickets {{first}} à {{last}} : {{receipts}} reçus, dont {{offline}} vendus hors ligne.',
    'الإيصالات {{first}} إلى {{last}}: وصل {{receipts}} منها {{offline}} بيعت دون اتصال.',
  ],
  missing: ['Receipt {{numbers}} is missing', 'Ticket manquant : {{numbers}}', 'الإيصال {{numbers}} مفقود'],
  missingMany: ['Receipts {{numbers}} are missing', 'Tickets manquants : {{numbers}}', 'الإيصالات {{numbers}} مفقودة'],
  setAside: [
    'Receipt {{number}} was set aside: {{why}}',
    'Ticket {{number}} mis de côté : {{why}}',
    'نُحّي الإيصال {{number}} جانبًا: {{why}}',
  ],
  silent: [
    '{{device}} has not said that it is done with this session',
    '{{device}} n’a pas encore terminé cette session',
    'لم يعلن {{device}} انتهاءه من هذه الجلسة',
  ],
  behind: [
    '{{device}} sealed receipts through {{number}}, and not all of them are here',
    '{{device}} a scellé jusqu’au ticket {{number}}, tous ne sont pas arrivés',
    'ختم {{device}} إيصالات حتى {{number}} ولم تصل كلها',
  ],
  revoked: ['revoked', 'révoqué', 'ملغى'],
  aDevice: ['A device', 'Un appareil', 'جهاز'],
})

type Found = Output<'sync.get-certificate'>

/** Whether all receipts of a session are here, and which are not. */
export function Certificate({ sessionId }: { sessionId: string }) {
  const t = useWords()
  const { data, error } = useRead('sync.get-certificate', { id: sessionId })
  const { registerOf } = useRegisters()
  if (!data) return <Pending error={error} />
  const code = registerOf(data.register_id)?.code
  const { first_sequence: first, last_sequence: last, receipts, offline_receipts: offline } = data
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {t('title')}
        </Title>
        <Badge variant="light" color={data.is_complete ? 'green' : 'orange'}>
          {t(data.is_complete ? 'complete' : 'incomplete')}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed" mb={data.is_complete ? 0 : 'xs'}>
        {first === null || last === null
          ? t('none')
          : t('range', { first: receiptOf(code, first), last: receiptOf(code, last), receipts, offline })}
      </Text>
      <Gaps certificate={data} />
    </Paper>
  )
}

/** What of a session is still on its way, each in words. */
export function Gaps({ certificate }: { certificate: Found }) {
  const t = useWords()
  const faults = useFaultWords()
  const { registerOf } = useRegisters()
  const { deviceName } = useDevices()
  const code = registerOf(certificate.register_id)?.code
  const missing = certificate.missing.map(({ first, last }) => ({
    key: `missing-${first}`,
    text:
      first === last
        ? t('missing', { numbers: receiptOf(code, first) })
        : t('missingMany', { numbers: `${receiptOf(code, first)} – ${receiptOf(code, last)}` }),
  }))
  const aside = certificate.set_aside.map((slip) => ({
    key: slip.id,
    text: t('setAside', { number: receiptOf(code, slip.sequence), why: faults(slip.code) }),
  }))
  const devices = certificate.devices
    .filter(({ is_here }) => !is_here)
    .map(({ device_id, stated_sequence: stated, is_revoked }) => {
      const device = `${deviceName(device_id) || t('aDevice')}${is_revoked ? ` (${t('revoked')})` : ''}`
      return {
        key: device_id,
        text: stated === null ? t('silent', { device }) : t('behind', { device, number: receiptOf(code, stated) }),
      }
    })
  const gaps = [...missing, ...aside, ...devices]
  if (gaps.length === 0) return null
  return (
    <List size="sm">
      {gaps.map(({ key, text }) => (
        <List.Item key={key}>{text}</List.Item>
      ))}
    </List>
  )
}

/** The number of a receipt as it is printed, which stays from left to right. */
function receiptOf(code: string | undefined, sequence: number): string {
  return code === undefined ? String(sequence) : `\u2066${receiptNumberOf(code, String(sequence))}\u2069`
}
