import { Alert, Button, Grid, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowBack, IconArrowBackUp } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { type Output, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { day } from '../ui/format.ts'
import { Page, Pending } from '../ui/page.tsx'
import { DocumentAmounts, DocumentFacts, DocumentProfit, DocumentQuality } from './document-facts.tsx'
import { DocumentLines } from './document-lines.tsx'
import { KindTag } from './documents.tsx'
import { TakeBack } from './take-back.tsx'
import { useHistoryWords } from './words.ts'

export type DocumentInFull = Output<'history.get-document'>

/** One document of earlier sales: its lines, what it comes to, and where it came from. */
export function Document() {
  const { id } = useParams({ strict: false })
  const { data, error, refetch } = useRead('history.get-document', { id: id ?? '' })
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  return <Known key={data.id} of={data} />
}

function Known({ of }: { of: DocumentInFull }) {
  const t = useHistoryWords()
  return (
    <Page title={of.number} about={`${t(of.kind)} · ${day(of.effective_on)}`} actions={<Steps of={of} />}>
      {of.reversal ? (
        <Alert color="gray" title={t('reversedSays')}>
          <Text size="sm">
            {t('reversedOn', { day: day(of.reversal.effective_on), reason: `\u2068${of.reversal.reason}\u2069` })}
          </Text>
        </Alert>
      ) : null}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <DocumentLines of={of} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack>
            <DocumentAmounts of={of} />
            <DocumentProfit of={of} />
            <DocumentFacts of={of} />
            <DocumentQuality of={of} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  )
}

function Steps({ of }: { of: DocumentInFull }) {
  const t = useHistoryWords()
  const common = useCommonWords()
  const may = useMay()
  const [isAsking, asking] = useDisclosure()
  return (
    <>
      <KindTag of={of} />
      <Button
        variant="default"
        leftSection={<IconArrowBack size={18} className="turns" />}
        renderRoot={(props) => <Link to="/sales/earlier" {...props} />}
      >
        {common('back')}
      </Button>
      {may('history.reverse-documents') && !of.is_reversed ? (
        <Button
          variant="light"
          color="red"
          leftSection={<IconArrowBackUp size={16} className="turns" />}
          onClick={asking.open}
        >
          {t('takeBack')}
        </Button>
      ) : null}
      {isAsking ? <TakeBack of={of} onClose={asking.close} /> : null}
    </>
  )
}
