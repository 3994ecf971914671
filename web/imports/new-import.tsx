import { Alert, Button, FileButton, Group, Paper, Progress, Radio, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconArrowBack, IconDownload, IconFileUpload } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { type DragEvent, useRef, useState } from 'react'
import { useCommand } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { percent } from '../ui/format.ts'
import { Page } from '../ui/page.tsx'
import { told } from '../ui/told.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { downloadExample, hasExample } from './examples.ts'
import { useImportNames } from './field-words.ts'
import './import.css'
import { sendFile } from './upload.ts'
import { useTargets } from './use-import.ts'
import { useImportWords } from './words.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('new-import', {
  what: ['What is in the file?', 'Que contient le fichier ?', 'ماذا في الملف؟'],
  which: ['Which file?', 'Quel fichier ?', 'أي ملف؟'],
  drop: ['Drop a file here', 'Déposez un fichier ici', 'أفلت ملفًا هنا'],
  pick: ['Choose a file', 'Choisir un fichier', 'اختيار ملف'],
  takes: ['CSV, TSV or Excel (.xlsx), also gzipped; at most 1 GiB.', 'CSV, TSV ou Excel (.xlsx), même compressé en .gz ; 1 Gio au plus.', 'CSV أو TSV أو Excel ‎(.xlsx)‎، ولو مضغوطًا بصيغة gz؛ 1 غيغابايت على الأكثر.'],
  writes: ['Nothing is written yet: the file is read and checked first.', 'Rien n’est encore écrit : le fichier est d’abord lu et vérifié.', 'لا يُكتب شيء بعد: يُقرأ الملف ويُفحص أولًا.'],
  sending: ['{{name}} is being sent…', 'Envoi de {{name}}…', 'جارٍ رفع {{name}}…'],
  reading: ['{{name}} is being read…', 'Lecture de {{name}}…', 'جارٍ قراءة {{name}}…'],
})

const accepted = '.csv,.tsv,.txt,.xlsx,.gz'

/** Begins an import: what is in the file, and the file. */
export function NewImport() {
  const t = useWords()
  const words = useImportWords()
  const common = useCommonWords()
  const { filters, set } = useFilters(['target'])
  const target = filters.target ?? 'products'
  const sending = useSending(target)
  return (
    <Page
      title={words('begin')}
      about={t('writes')}
      actions={
        <Button
          variant="default"
          leftSection={<IconArrowBack size={18} className="turns" />}
          renderRoot={(props) => <Link to="/imports" {...props} />}
        >
          {common('back')}
        </Button>
      }
    >
      <Paper withBorder p="md">
        <Stack>
          <Title order={2} size="h4" id="import-what">
            {t('what')}
          </Title>
          <Targets value={target} onChange={(next) => set({ target: next })} />
          <Group justify="space-between">
            <Title order={2} size="h4">
              {t('which')}
            </Title>
            <Example target={target} />
          </Group>
          {sending.error ? (
            <Alert color="red" role="alert">
              {told(sending.error)}
            </Alert>
          ) : null}
          {sending.file ? (
            <Sending file={sending.file} share={sending.share} onStop={sending.stop} />
          ) : (
            <Drop onFile={(file) => void sending.send(file)} />
          )}
        </Stack>
      </Paper>
    </Page>
  )
}

/** Sends a file, begins an import of it and goes there. */
function useSending(target: string) {
  const navigate = useNavigate()
  const create = useCommand('imports.create-import')
  const [file, setFile] = useState<File>()
  const [share, setShare] = useState(0)
  const [error, setError] = useState<unknown>()
  const stop = useRef<() => void>(undefined)
  const send = async (chosen: File) => {
    let isStopped = false
    setFile(chosen)
    setShare(0)
    setError(undefined)
    try {
      const sent = sendFile(chosen, setShare)
      stop.current = () => {
        isStopped = true
        sent.stop()
      }
      const { sha256 } = await sent.done
      setShare(1)
      const { id } = await create.mutateAsync({ target, sha256, file_name: chosen.name.slice(-255) })
      void navigate({ to: '/imports/$id', params: { id } })
    } catch (thrown) {
      setFile(undefined)
      if (!isStopped) setError(thrown)
    }
  }
  return { file, share, error, send, stop: () => stop.current?.() }
}

function Targets({ value, onChange }: { value: string; onChange: (target: string) => void }) {
  const { targetOf, aboutOf } = useImportNames()
  return (
    <Radio.Group value={value} onChange={onChange} aria-labelledby="import-what">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
        {useTargets().map(({ name, title }) => (
          <Radio.Card key={name} value={name} className="import-choice" aria-label={targetOf(name, title)}>
            <Group wrap="nowrap" align="flex-start" gap="sm">
              <Radio.Indicator aria-hidden />
              <div>
                <Text fw={600} size="sm">
                  {targetOf(name, title)}
                </Text>
                <Text size="sm" c="dimmed">
                  {aboutOf(name)}
                </Text>
              </div>
            </Group>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  )
}

function Example({ target }: { target: string }) {
  const t = useImportWords()
  const { targetOf, fieldOf } = useImportNames()
  if (!hasExample(target)) return null
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      leftSection={<IconDownload size={14} />}
      onClick={() => downloadExample(target, (field) => fieldOf(target, field))}
    >
      {t('exampleOf', { target: targetOf(target) })}
    </Button>
  )
}

function Drop({ onFile }: { onFile: (file: File) => void }) {
  const t = useWords()
  const [isOver, setOver] = useState(false)
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault()
    setOver(is)
  }
  const drop = (event: DragEvent) => {
    over(false)(event)
    const [file] = event.dataTransfer.files
    if (file) onFile(file)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file is dropped by a pointer; the button within is for everybody
    <div
      className="import-drop"
      data-over={isOver || undefined}
      onDragOver={over(true)}
      onDragLeave={over(false)}
      onDrop={drop}
    >
      <IconFileUpload size={36} stroke={1.4} aria-hidden />
      <Text fw={600}>{t('drop')}</Text>
      <FileButton accept={accepted} onChange={(file) => file && onFile(file)}>
        {(props) => <Button {...props}>{t('pick')}</Button>}
      </FileButton>
      <Text size="sm" c="dimmed" mt={4}>
        {t('takes')}
      </Text>
    </div>
  )
}

function Sending({ file, share, onStop }: { file: File; share: number; onStop: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const isSent = share >= 1
  const part = Math.floor(share * 100)
  return (
    <Stack gap="xs" role="status">
      <Group justify="space-between">
        <Text size="sm">{t(isSent ? 'reading' : 'sending', { name: `\u2068${file.name}\u2069` })}</Text>
        <Text size="sm" className="amount">
          {isSent ? null : percent(String(part))}
        </Text>
      </Group>
      <Progress value={isSent ? 100 : part} animated={isSent} size="lg" aria-label={file.name} />
      <Group justify="flex-end">
        <Button variant="default" disabled={isSent} onClick={onStop}>
          {common('cancel')}
        </Button>
      </Group>
    </Stack>
  )
}
