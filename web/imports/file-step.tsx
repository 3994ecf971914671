import {
  Alert,
  Button,
  Group,
  NumberInput,
  Paper,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useState } from 'react'
import { useCommand } from '../api.ts'
import { told } from '../ui/told.tsx'
import { defineWords } from '../ui/words.ts'
import { BothWays } from './both-ways.tsx'
import { Samples } from './samples.tsx'
import { type Import, useGo } from './use-import.ts'
import { useImportWords } from './words.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-file', {
  how: ['How the file is read', 'Comment le fichier est lu', 'كيف يُقرأ الملف'],
  says: ['This was found out by itself. Correct it where the values below look wrong.', 'Ceci a été détecté. Corrigez si les valeurs ci-dessous semblent fausses.', 'اكتُشف هذا تلقائيًا. صحّحه إن بدت القيم أدناه خاطئة.'],
  encoding: ['Encoding', 'Encodage', 'الترميز'],
  delimiter: ['Columns are divided by', 'Séparateur de colonnes', 'فاصل الأعمدة'],
  ',': ['Comma ,', 'Virgule ,', 'فاصلة ,'],
  ';': ['Semicolon ;', 'Point-virgule ;', 'فاصلة منقوطة ;'],
  '\t': ['Tab', 'Tabulation', 'علامة جدولة'],
  '|': ['Bar |', 'Barre |', 'خط عمودي |'],
  one: ['One column only', 'Une seule colonne', 'عمود واحد فقط'],
  sheet: ['Sheet', 'Feuille', 'الورقة'],
  header: ['Row with the names of the columns', 'Ligne des noms de colonnes', 'صف أسماء الأعمدة'],
  noHeader: ['No row names the columns', 'Aucune ligne ne nomme les colonnes', 'لا صف يسمّي الأعمدة'],
  readSo: ['Read it so', 'Lire ainsi', 'اقرأه هكذا'],
})

type Format = Import['format']
const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1'] as const
const delimiters = [',', ';', '\t', '|'] as const
const leastConfidence = 0.6

/** How the file is read: what was found out, what may be read both ways, and a sample of it. */
export function FileStep({ of }: { of: Import }) {
  const t = useWords()
  const words = useImportWords()
  const go = useGo()
  const map = useCommand('imports.map-import')
  const [format, setFormat] = useState(of.format)
  const [conventions, setConventions] = useState(of.conventions)
  const isOther = JSON.stringify(format) !== JSON.stringify(of.format)
  const isSaid = JSON.stringify(conventions) !== JSON.stringify(of.conventions)
  const save = async () => {
    if (isOther) {
      const read = await map.mutateAsync({ id: of.id, version: of.version, format: changedOf(of.format, format) })
      // Other columns are other suggestions.
      const mapping = suggestedOf(read)
      if (Object.keys(read.mapping).length < Object.keys(mapping).length)
        await map.mutateAsync({ id: of.id, version: read.version, mapping })
      return go('file')
    }
    if (isSaid) await map.mutateAsync({ id: of.id, version: of.version, conventions })
    go('columns')
  }
  return (
    <Stack>
      <Paper withBorder p="md">
        <Stack>
          <div>
            <Title order={2} size="h4">
              {t('how')}
            </Title>
            <Text size="sm" c="dimmed">
              {t('says')}
            </Text>
          </div>
          <FormatFields format={format} set={(more) => setFormat({ ...format, ...more })} />
          <BothWays of={of} conventions={conventions} set={(more) => setConventions({ ...conventions, ...more })} />
        </Stack>
      </Paper>
      <Columns of={of} />
      {map.error ? (
        <Alert color="red" role="alert">
          {told(map.error)}
        </Alert>
      ) : null}
      <Group justify="flex-end">
        <Button loading={map.isPending} onClick={() => void save().catch(() => undefined)}>
          {isOther ? t('readSo') : words('goOn')}
        </Button>
      </Group>
    </Stack>
  )
}

function FormatFields({ format, set }: { format: Format; set: (more: Partial<Format>) => void }) {
  const t = useWords()
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      {format.kind === 'csv' ? (
        <>
          <Select
            label={t('encoding')}
            allowDeselect={false}
            data={encodings.map((value) => ({ value, label: value.toUpperCase() }))}
            value={format.encoding}
            onChange={(encoding) => set({ encoding })}
          />
          <Select
            label={t('delimiter')}
            allowDeselect={false}
            data={[
              ...delimiters.map((value) => ({ value: value as string, label: t(value) })),
              { value: '', label: t('one') },
            ]}
            value={format.delimiter ?? ''}
            onChange={(delimiter) => set({ delimiter: delimiter || null })}
          />
        </>
      ) : (
        <TextInput
          label={t('sheet')}
          value={format.sheet ?? ''}
          onChange={(event) => set({ sheet: event.currentTarget.value })}
        />
      )}
      <Stack gap="xs">
        <NumberInput
          label={t('header')}
          min={1}
          max={1_000_000}
          allowDecimal={false}
          disabled={format.header_row === null}
          value={format.header_row ?? ''}
          onChange={(row) => set({ header_row: Number(row) || 1 })}
        />
        <Switch
          size="sm"
          label={t('noHeader')}
          checked={format.header_row === null}
          onChange={(event) => set({ header_row: event.currentTarget.checked ? null : 1 })}
        />
      </Stack>
    </SimpleGrid>
  )
}

function Columns({ of: { columns } }: { of: Import }) {
  const words = useImportWords()
  return (
    <Paper withBorder>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words('column')}</Table.Th>
            <Table.Th>{words('samples')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {columns.map(({ name, samples }) => (
            <Table.Tr key={name}>
              <Table.Td fw={600}>
                <bdi>{name}</bdi>
              </Table.Td>
              <Table.Td>
                <Samples values={samples.slice(0, 4)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  )
}

/** What is read in another way than before, as the command takes it. */
function changedOf(old: Format, { encoding, delimiter, sheet, header_row }: Format) {
  return {
    ...(encoding === old.encoding || encoding === null ? {} : { encoding: encoding as (typeof encodings)[number] }),
    ...(delimiter === old.delimiter ? {} : { delimiter: delimiter as (typeof delimiters)[number] | null }),
    ...(sheet === old.sheet || !sheet ? {} : { sheet }),
    ...(header_row === old.header_row ? {} : { header_row }),
  }
}

function suggestedOf({ suggestions }: Import): Record<string, string> {
  const sure = suggestions.filter(({ confidence }) => confidence >= leastConfidence)
  return Object.fromEntries(sure.map(({ field, column }) => [field, column]))
}
