import { Alert, Anchor, Box, Button, Group, Paper, Select, Stack, Table, Text, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { problemOf, useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { percent } from '../ui/format.ts'
import { Tag } from '../ui/tag.tsx'
import { told } from '../ui/told.tsx'
import { useWholeList } from '../ui/whole-list.ts'
import { defineWords } from '../ui/words.ts'
import { useImportNames } from './field-words.ts'
import { isNeeded, OptionFields, useDefaults } from './option-fields.tsx'
import { Samples } from './samples.tsx'
import { type Import, type Target, useGo, useRun } from './use-import.ts'
import { useImportWords } from './words.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-columns', {
  title: ['Columns of the file', 'Colonnes du fichier', 'أعمدة الملف'],
  says: ['Say what each column is. What is left out is not read.', 'Dites ce que contient chaque colonne. Ce qui est laissé de côté n’est pas lu.', 'حدّد محتوى كل عمود. ما يُترك لا يُقرأ.'],
  goesTo: ['Goes to', 'Devient', 'يصبح'],
  goesToOf: ['{{column}} goes to', '{{column}} devient', '{{column}} يصبح'],
  leftOut: ['Left out', 'Laissée de côté', 'متروك'],
  sure: ['Recognised', 'Reconnue', 'معروف'],
  likely: ['Likely', 'Probable', 'مرجّح'],
  lacking: ['Needed, and no column has it: {{fields}}', 'Nécessaire, sans colonne : {{fields}}', 'مطلوب وليس له عمود: {{fields}}'],
  options: ['Asked beside the columns', 'À préciser en plus', 'يُسأل إضافة إلى الأعمدة'],
  read: ['Read as {{kind}}.', 'Lu comme {{kind}}.', 'يُقرأ كـ {{kind}}.'],
  change: ['Change', 'Modifier', 'تغيير'],
  both: ['Something may be read both ways: say which is right first.', 'Une valeur se lit de deux façons : dites d’abord laquelle est la bonne.', 'هناك ما يُقرأ بطريقتين: حدّد الصحيح أولًا.'],
  check: ['Check the rows', 'Vérifier les lignes', 'فحص الصفوف'],
  remembered: ['Filled in as for the last file with these columns, “{{name}}”.', 'Repris du dernier fichier à ces colonnes, « {{name}} ».', 'مأخوذ من آخر ملف بهذه الأعمدة، «{{name}}».'],
  success: ['{{rate}} of its imports ({{count}}) went through without an error.', '{{rate}} de ses imports ({{count}}) sont passés sans erreur.', '{{rate}} من عملياته ({{count}}) تمت بلا خطأ.'],
  forget: ['Forget it', 'L’oublier', 'نسيانه'],
})

type Columns = Readonly<Record<string, string>>

const sureFrom = 0.9

/** Which column is which field, and what is asked beside them. */
export function ColumnsStep({ of, target }: { of: Import; target: Target }) {
  const t = useWords()
  const may = useMay()
  const go = useGo()
  const defaults = useDefaults(target)
  const [columns, setColumns] = useState<Columns>(() => fieldsByColumn(of.mapping))
  const [given, setOptions] = useState(of.options)
  const options = { ...defaults, ...given }
  const mapping = Object.fromEntries(Object.entries(columns).map(([column, field]) => [field, column]))
  const lacking = target.fields.filter((one) => one.is_required && mapping[one.name] === undefined)
  const unsaid = target.options.filter((one) => isNeeded(one, mapping) && !options[one.name])
  const check = useCheck(of)
  const [isTried, setTried] = useState(of.fault !== null)
  const begin = () => {
    setTried(true)
    if (lacking.length > 0 || unsaid.length > 0 || of.questions.length > 0) return
    void check.begin({ mapping, options: saidOf(options) })
  }
  return (
    <Stack>
      <Remembered of={of} />
      <Mapping of={of} target={target} columns={columns} onChange={setColumns} />
      <OptionFields
        target={target}
        {...{ options, mapping }}
        isTried={isTried}
        refusal={check.refusal ?? of.fault}
        onChange={setOptions}
      />
      <Lacking target={target} fields={lacking.map(({ name }) => name)} />
      {of.questions.length > 0 ? (
        <Alert color="yellow" icon={<IconAlertTriangle size={18} />}>
          {t('both')}{' '}
          <Anchor component="button" type="button" size="sm" onClick={() => go('file')}>
            {t('change')}
          </Anchor>
        </Alert>
      ) : null}
      {check.error ? (
        <Alert color="red" role="alert">
          {told(check.error)}
        </Alert>
      ) : null}
      <Group justify="flex-end">
        {may('imports.check-import') ? (
          <Button loading={check.isSending} disabled={lacking.length > 0 || of.questions.length > 0} onClick={begin}>
            {t('check')}
          </Button>
        ) : null}
      </Group>
    </Stack>
  )
}

/** Saves what was decided, and has the rows checked. */
function useCheck(of: Import) {
  const map = useCommand('imports.map-import')
  const run = useRun('imports.check-import')
  const begin = async (decided: Pick<Import, 'mapping' | 'options'>) => {
    const isSame = JSON.stringify(decided) === JSON.stringify({ mapping: of.mapping, options: of.options })
    try {
      const saved = isSame ? of : await map.mutateAsync({ id: of.id, version: of.version, ...decided })
      await run.run(saved)
    } catch {
      // Told beside the button.
    }
  }
  const isOfOption = problemOf(map.error)?.code === 'import_option_invalid'
  return {
    begin,
    error: map.error,
    refusal: isOfOption ? problemOf(map.error)?.detail : undefined,
    isSending: map.isPending || run.isSending,
  }
}

interface MappingProps {
  readonly of: Import
  readonly target: Target
  readonly columns: Columns
  readonly onChange: (columns: Columns) => void
}

function Mapping({ of, target, columns, onChange }: MappingProps) {
  const t = useWords()
  const words = useImportWords()
  const { fieldOf } = useImportNames()
  const data = target.fields.map(({ name, is_required }) => ({
    value: name,
    label: is_required ? `${fieldOf(target.name, name)} *` : fieldOf(target.name, name),
  }))
  const choose = (column: string, field: string | null) => {
    // A field has one column: the one that had it lets go of it.
    const others = Object.entries(columns).filter(([one, of]) => one !== column && of !== field)
    onChange(Object.fromEntries(field === null ? others : [...others, [column, field]]))
  }
  return (
    <Paper withBorder>
      <Stack gap={2} p="md" pb="xs">
        <Title order={2} size="h4">
          {t('title')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('says')} <HowRead of={of} />
        </Text>
      </Stack>
      <Table.ScrollContainer minWidth={320}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words('column')}</Table.Th>
              <Table.Th visibleFrom="sm">{words('samples')}</Table.Th>
              <Table.Th>{t('goesTo')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {of.columns.map(({ name, samples }) => (
              <Table.Tr key={name}>
                <Table.Td fw={600}>
                  <bdi>{name}</bdi>
                  <Box hiddenFrom="sm" fw={400}>
                    <Samples values={samples.slice(0, 2)} />
                  </Box>
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <Samples values={samples.slice(0, 3)} />
                </Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    <Select
                      aria-label={t('goesToOf', { column: name })}
                      placeholder={t('leftOut')}
                      searchable
                      clearable
                      data={data}
                      value={columns[name] ?? null}
                      onChange={(field) => choose(name, field)}
                      w={180}
                    />
                    <Confidence of={of} column={name} field={columns[name]} />
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

/** How sure it is that a column is what it seems to be; of what somebody chose nothing is said. */
function Confidence({ of, column, field }: { of: Import; column: string; field: string | undefined }) {
  const t = useWords()
  const found = of.suggestions.find((one) => one.column === column && one.field === field)
  const isSure = (found?.confidence ?? 0) >= sureFrom
  return (
    <Text component="span" size="xs" miw={96}>
      {found ? <Tag tone={isSure ? 'good' : 'soon'}>{t(isSure ? 'sure' : 'likely')}</Tag> : null}
    </Text>
  )
}

function HowRead({ of }: { of: Import }) {
  const t = useWords()
  const go = useGo()
  const { kind, encoding, delimiter, sheet } = of.format
  const sign = delimiter === '\t' ? 'TAB' : delimiter
  const said = [kind.toUpperCase(), encoding?.toUpperCase(), sign, sheet].filter(Boolean).join(' · ')
  return (
    <>
      {t('read', { kind: `\u2066${said}\u2069` })}{' '}
      <Anchor component="button" type="button" size="sm" onClick={() => go('file')}>
        {t('change')}
      </Anchor>
    </>
  )
}

function Lacking({ target, fields }: { target: Target; fields: readonly string[] }) {
  const t = useWords()
  const { fieldOf } = useImportNames()
  if (fields.length === 0) return null
  const names = fields.map((field) => fieldOf(target.name, field)).join(', ')
  return (
    <Alert color="orange" role="status" icon={<IconAlertTriangle size={18} />}>
      {t('lacking', { fields: names })}
    </Alert>
  )
}

/** What was remembered of files with the same columns, until something else is decided. */
function Remembered({ of }: { of: Import }) {
  const t = useWords()
  const may = useMay()
  const remove = useCommand('imports.remove-template')
  const isApplied = of.template_id !== null && of.version === 1
  const templates = useWholeList('imports.list-templates', { target: of.target }, { enabled: isApplied })
  const found = templates.find(({ id }) => id === of.template_id)
  if (!isApplied || !found) return null
  const { id, version, name, success_rate, used_count } = found
  return (
    <Alert variant="default" p="xs">
      <Group justify="space-between">
        <Text size="sm">
          {t('remembered', { name: `\u2068${name}\u2069` })}{' '}
          {success_rate === null
            ? null
            : t('success', { rate: `\u2066${percent(success_rate)}\u2069`, count: used_count })}
        </Text>
        {may('imports.remove-template') ? (
          <Button variant="subtle" size="compact-sm" onClick={() => remove.mutate({ id, version })}>
            {t('forget')}
          </Button>
        ) : null}
      </Group>
    </Alert>
  )
}

const fieldsByColumn = (mapping: Import['mapping']): Columns =>
  Object.fromEntries(Object.entries(mapping).map(([field, column]) => [column, field]))

const saidOf = (options: Import['options']) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== ''))
