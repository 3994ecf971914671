import {
  Anchor,
  Button,
  Code,
  Collapse,
  Group,
  Paper,
  Stack,
  Table,
  Text,
  ThemeIcon,
  Title,
  UnstyledButton,
} from '@mantine/core'
import { IconCheck, IconChevronDown, IconDownload, IconMinus, IconX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { call, type Output, useRead } from '../api.ts'
import { useWorkplace } from '../identity/session.ts'
import { download } from '../ui/csv.ts'
import { Facts } from '../ui/facts.tsx'
import { dateTime, money, quantity } from '../ui/format.ts'
import { Pending } from '../ui/page.tsx'
import { tell } from '../ui/tell.tsx'
import { useIntegrityWords } from './words.ts'

type Certificate = Output<'integrity.get-certificate'>
type Line = Certificate['lines'][number]

/** A certificate line by line; a line opens onto what was counted, and what differs. */
export function CertificateView({ id }: { id: string }) {
  const { data, error } = useRead('integrity.get-certificate', { id }, { staleTime: Number.POSITIVE_INFINITY })
  if (!data) return <Pending error={error} />
  return (
    <Stack>
      <Verdict certificate={data} />
      <Paper withBorder>
        {data.lines.map((line) => (
          <LineView key={line.code} certificateId={id} line={line} />
        ))}
      </Paper>
      <Proof certificate={data} />
    </Stack>
  )
}

function Verdict({ certificate }: { certificate: Certificate }) {
  const t = useIntegrityWords()
  const { tenant } = useWorkplace()
  const { verdict, taken_at, reason } = certificate
  return (
    <Paper withBorder p="lg">
      <Group wrap="nowrap">
        <Mark verdict={verdict} size={48} />
        <div>
          <Title order={2} size="h3">
            {t(verdict)}
          </Title>
          <Text c="dimmed">
            {tenant.legal_name} · {dateTime(taken_at, tenant.time_zone)} · {t(reason)}
          </Text>
        </div>
      </Group>
    </Paper>
  )
}

const marks = {
  holds: { color: 'green', icon: IconCheck, word: 'lineHolds' },
  broken: { color: 'red', icon: IconX, word: 'lineBroken' },
  not_applicable: { color: 'gray', icon: IconMinus, word: 'lineNone' },
} as const

function Mark({ verdict, size = 28 }: { verdict: keyof typeof marks; size?: number }) {
  const { color, icon: Icon } = marks[verdict]
  return (
    <ThemeIcon color={color} size={size} radius="xl" aria-hidden>
      <Icon size={size * 0.6} />
    </ThemeIcon>
  )
}

function LineView({ certificateId, line }: { certificateId: string; line: Line }) {
  const t = useIntegrityWords()
  const [isOpen, setOpen] = useState(line.verdict === 'broken')
  return (
    <div className="certificate-line">
      <UnstyledButton w="100%" p="md" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Group justify="space-between" wrap="nowrap">
          <Group wrap="nowrap">
            <Mark verdict={line.verdict} />
            <div>
              <Text fw={600}>{t(line.code)}</Text>
              <Text size="sm" c="dimmed">
                {line.differences > 0 ? t('differs', { count: line.differences }) : t(marks[line.verdict].word)}
              </Text>
            </div>
          </Group>
          <IconChevronDown size={18} aria-hidden style={{ rotate: isOpen ? '180deg' : '0deg' }} />
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <Stack px="md" pb="md">
          <Counted line={line} />
          {line.differences > 0 ? <Differences certificateId={certificateId} line={line} /> : null}
          {line.code === 'devices' && line.verdict === 'broken' ? (
            <Anchor renderRoot={(props) => <Link to="/sync/set-aside" {...props} />}>{t('settle')}</Anchor>
          ) : null}
        </Stack>
      </Collapse>
    </div>
  )
}

/** How much was looked at, and which sums were held against each other. */
function Counted({ line }: { line: Line }) {
  const t = useIntegrityWords()
  const counted = Object.entries(line.counted).map(([name, many]) => [nameOf(name), quantity(String(many))] as const)
  return (
    <>
      <Facts of={counted} />
      {line.sums.length > 0 ? (
        <Table.ScrollContainer minWidth={480}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('what')}</Table.Th>
                <Table.Th className="amount">{t('expected')}</Table.Th>
                <Table.Th className="amount">{t('found')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {line.sums.map(({ what, currency, expected, found }) => (
                <Table.Tr key={`${what} ${currency}`}>
                  <Table.Td>{nameOf(what)}</Table.Td>
                  <Table.Td className="amount">{money(expected, currency)}</Table.Td>
                  <Table.Td className="amount">{money(found, currency)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      ) : null}
    </>
  )
}

/** Things of the database by their names, which are those of the certificate's file. */
const nameOf = (name: string) => name.replaceAll('_', ' ')

function Differences({ certificateId, line }: { certificateId: string; line: Line }) {
  const t = useIntegrityWords()
  const { data, error } = useRead('integrity.list-differences', { id: certificateId, line: line.code, limit: 200 })
  if (!data) return <Pending error={error} />
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {(['thing', 'what', 'expected', 'found', 'detail'] as const).map((word) => (
              <Table.Th key={word}>{t(word)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.items.map((one) => (
            <Table.Tr key={one.number}>
              <Table.Td>
                {nameOf(one.resource)} <Code className="code">{one.id}</Code>
              </Table.Td>
              <Table.Td>{nameOf(one.what)}</Table.Td>
              <Table.Td className="code">{one.expected}</Table.Td>
              <Table.Td className="code">{one.found}</Table.Td>
              <Table.Td>{one.detail}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

/** What it is proved with, for whoever checks the file. */
function Proof({ certificate }: { certificate: Certificate }) {
  const t = useIntegrityWords()
  const { id, chain, product, sha256, key_id } = certificate
  const file = `certificate-${certificate.head_seq}.json`
  const hash = (text: string) => <Code className="code">{text}</Code>
  const save = () =>
    call('integrity.download-certificate', { id }).then(
      (content) => download(file, `${JSON.stringify(content, null, 2)}\n`, 'application/json'),
      tell,
    )
  return (
    <Paper withBorder p="md">
      <Stack>
        <Facts
          columns={2}
          of={[
            [t('head'), hash(`${chain.seq} ${chain.hash}`)],
            [t('checkpoint'), chain.checkpoint ? hash(String(chain.checkpoint.seq)) : null],
            [t('hash'), hash(sha256)],
            [t('key'), hash(key_id)],
            [t('fingerprint'), hash(product.schema_fingerprint)],
            [t('version'), hash(product.version)],
          ]}
        />
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {t('checkIt', { file })}
          </Text>
          <Button variant="default" leftSection={<IconDownload size={16} />} onClick={() => void save()}>
            {t('download')}
          </Button>
        </Group>
      </Stack>
    </Paper>
  )
}
