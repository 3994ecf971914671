import { Alert, Anchor, Button, Group, Paper, Radio, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useCommand } from '../api.ts'
import { useBranches, useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { Facts } from '../ui/facts.tsx'
import { Figure, Figures } from '../ui/figure.tsx'
import { quantity } from '../ui/format.ts'
import { tell } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { Errors } from './errors.tsx'
import { useImportNames } from './field-words.ts'
import { useThings } from './option-fields.tsx'
import { RunProgress } from './run-progress.tsx'
import { type Import, type Target, useGo, useRun } from './use-import.ts'
import { useImportWords } from './words.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-trial', {
  says: ['This would come of it. Nothing is written yet.', 'Voici ce qui en résulterait. Rien n’est encore écrit.', 'هذا ما سينتج عنه. لم يُكتب شيء بعد.'],
  createdSays: ['rows that make something new', 'lignes qui créent du nouveau', 'صفوف تُنشئ جديدًا'],
  updatedSays: ['rows that change what is there', 'lignes qui modifient l’existant', 'صفوف تعدّل الموجود'],
  skippedSays: ['rows that say what is there', 'lignes identiques à l’existant', 'صفوف تطابق الموجود'],
  rejectedSays: ['rows that stay out', 'lignes laissées de côté', 'صفوف تبقى خارجًا'],
  made: ['What would be made or changed', 'Ce qui serait créé ou modifié', 'ما سيُنشأ أو يُعدَّل'],
  stock: ['Stock that would come in', 'Stock qui entrerait', 'المخزون الذي سيدخل'],
  branch: ['Branch', 'Point de vente', 'الفرع'],
  quantity: ['Quantity', 'Quantité', 'الكمية'],
  worth: ['Value', 'Valeur', 'القيمة'],
  ledger: ['What accounts would gain', 'Effet sur les comptes', 'أثره في الحسابات'],
  account: ['Account', 'Compte', 'الحساب'],
  amount: ['Amount', 'Montant', 'المبلغ'],
  options: ['How it comes in', 'Comment l’import se fait', 'كيف يُستورد'],
  change: ['Change', 'Modifier', 'تغيير'],
  stays: ['What came in of these stays, so it cannot be all or nothing: wrong rows stay out, the others come in.', 'Ce qui est importé ici reste acquis : pas de « tout ou rien ». Les lignes erronées restent de côté, les autres entrent.', 'ما يُستورد هنا يبقى، فلا مجال لـ«الكل أو لا شيء»: تبقى الصفوف الخاطئة خارجًا وتدخل البقية.'],
  goodRows: ['Good rows only', 'Les bonnes lignes seulement', 'الصفوف الصحيحة فقط'],
  goodRowsSays: ['Wrong rows stay out, with their reasons, as a file to mend.', 'Les lignes erronées restent de côté, avec leurs motifs, dans un fichier à corriger.', 'تبقى الصفوف الخاطئة خارجًا مع أسبابها في ملف لتصحيحها.'],
  allOrNothing: ['All or nothing', 'Tout ou rien', 'الكل أو لا شيء'],
  allSays: ['If one row fails after all, everything is taken back.', 'Si une ligne échoue malgré tout, tout est annulé.', 'إن فشل صف واحد رغم ذلك يُتراجَع عن الكل.'],
  allNeeds: ['Only for a file without wrong rows.', 'Seulement pour un fichier sans ligne erronée.', 'فقط لملف بلا صفوف خاطئة.'],
  commit: ['Import {{count}} rows', 'Importer {{count}} lignes', 'استيراد {{count}} من الصفوف'],
  nothing: ['There is nothing to bring in: every row is wrong or says what is there already.', 'Rien à importer : chaque ligne est erronée ou identique à l’existant.', 'لا شيء لاستيراده: كل صف خاطئ أو مطابق للموجود.'],
})

type Preview = NonNullable<Import['preview']>

/** What would come of an import, before anything is written, and how it is to come in. */
export function TrialStep({ of, target }: { of: Import; target: Target }) {
  const t = useWords()
  if (of.status === 'trying' || of.preview === null) return <RunProgress of={of} />
  return (
    <Stack>
      <Alert variant="default" p="xs" icon={<IconInfoCircle size={18} />}>
        {t('says')}
      </Alert>
      <Rows of={of.preview} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Made preview={of.preview} />
        <Options of={of} target={target} />
      </SimpleGrid>
      <StockIn preview={of.preview} />
      <Accounts preview={of.preview} />
      <Commit of={of} preview={of.preview} target={target} />
      {of.failed_rows > 0 ? <Errors of={of} /> : null}
    </Stack>
  )
}

function Rows({ of }: { of: Preview }) {
  const t = useWords()
  const words = useImportWords()
  const value = (rows: number) => quantity(String(rows))
  return (
    <Figures>
      <Figure label={words('created')} value={value(of.created_rows)} about={t('createdSays')} tone="good" />
      <Figure label={words('updated')} value={value(of.updated_rows)} about={t('updatedSays')} tone="info" />
      <Figure label={words('skipped')} value={value(of.skipped_rows)} about={t('skippedSays')} />
      <Figure
        label={words('rejected')}
        value={value(of.failed_rows)}
        about={t('rejectedSays')}
        tone={of.failed_rows > 0 ? 'warn' : 'plain'}
      />
    </Figures>
  )
}

function Made({ preview }: { preview: Preview }) {
  const t = useWords()
  const { madeOf } = useImportNames()
  // Of stock it says more what comes in than in how many postings.
  const all = Object.entries(preview.made).filter(([resource]) => resource !== 'posting')
  if (all.length === 0) return null
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="sm">
        {t('made')}
      </Title>
      <Facts columns={3} of={all.map(([resource, count]) => [madeOf(resource), quantity(String(count))])} />
    </Paper>
  )
}

function Options({ of, target }: { of: Import; target: Target }) {
  const t = useWords()
  const go = useGo()
  const { optionOf } = useImportNames()
  const said = target.options.filter(({ name }) => of.options[name] !== undefined)
  if (said.length === 0) return null
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {t('options')}
        </Title>
        <Anchor component="button" type="button" size="sm" onClick={() => go('columns')}>
          {t('change')}
        </Anchor>
      </Group>
      <Facts
        columns={3}
        of={said.map(({ name }) => [
          optionOf(target.name, name),
          <OptionValue key={name} name={name} value={of.options[name] ?? ''} />,
        ])}
      />
    </Paper>
  )
}

function OptionValue({ name, value }: { name: string; value: string | boolean }) {
  const common = useCommonWords()
  const { choiceOf } = useImportNames()
  const thing = useThings(name)?.find((one) => one.value === value)
  if (typeof value === 'boolean') return <>{common(value ? 'yes' : 'no')}</>
  return <>{thing?.label ?? choiceOf(name, value)}</>
}

function StockIn({ preview: { stock } }: { preview: Preview }) {
  const t = useWords()
  const { branches } = useBranches()
  if (stock.length === 0) return null
  const names = new Map(branches.map(({ id, name }) => [id, name]))
  return (
    <Sums title={t('stock')} heads={[t('branch'), t('quantity'), t('worth')]}>
      {stock.map(({ branch_id, quantity: units, value }) => (
        <Table.Tr key={branch_id}>
          <Table.Td>{names.get(branch_id) ?? '…'}</Table.Td>
          <Table.Td className="amount">{quantity(units)}</Table.Td>
          <Table.Td className="amount">{quantity(value, 2)}</Table.Td>
        </Table.Tr>
      ))}
    </Sums>
  )
}

function Accounts({ preview: { ledger } }: { preview: Preview }) {
  const t = useWords()
  if (ledger.length === 0) return null
  return (
    <Sums title={t('ledger')} heads={[t('account'), t('amount')]}>
      {ledger.map(({ account_id, code, name, amount }) => (
        <Table.Tr key={account_id}>
          <Table.Td>
            <span className="code">{code}</span> <bdi>{name}</bdi>
          </Table.Td>
          <Table.Td className="amount">{quantity(amount, 2)}</Table.Td>
        </Table.Tr>
      ))}
    </Sums>
  )
}

function Sums({ title, heads, children }: { title: string; heads: readonly string[]; children: React.ReactNode }) {
  return (
    <Paper withBorder>
      <Title order={2} size="h4" p="md" pb="xs">
        {title}
      </Title>
      <Table.ScrollContainer minWidth={320}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {heads.map((head, at) => (
                <Table.Th key={head} className={at > 0 ? 'amount' : ''}>
                  {head}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

/** Which rows come in, and the step that brings them in. */
function Commit({ of, preview, target }: { of: Import; preview: Preview; target: Target }) {
  const t = useWords()
  const may = useMay()
  const map = useCommand('imports.map-import')
  const commit = useRun('imports.commit-import')
  const isClean = of.failed_rows === 0
  const rows = preview.created_rows + preview.updated_rows
  if (!may('imports.commit-import')) return null
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-end">
        {target.can_be_undone ? (
          <Mode of={of} command={map} />
        ) : (
          <Text size="sm" c="dimmed" flex="1 1 20rem">
            {t('stays')}
          </Text>
        )}
        {rows === 0 ? (
          <Text size="sm" c="dimmed" maw={360}>
            {t('nothing')}
          </Text>
        ) : (
          <Button
            loading={commit.isSending}
            disabled={map.isPending || (!isClean && of.mode === 'all_or_nothing')}
            onClick={() => void commit.run(of)}
          >
            {t('commit', { count: quantity(String(rows)) })}
          </Button>
        )}
      </Group>
    </Paper>
  )
}

/** Wrong rows stay out, or all do. */
function Mode({ of, command: map }: { of: Import; command: ReturnType<typeof useCommand<'imports.map-import'>> }) {
  const t = useWords()
  const isClean = of.failed_rows === 0
  const choose = (mode: string) =>
    map.mutate({ id: of.id, version: of.version, mode: mode as Import['mode'] }, { onError: tell })
  return (
    <Radio.Group value={of.mode} onChange={choose} aria-label={t('options')}>
      <Stack gap="xs">
        <Radio value="good_rows" label={t('goodRows')} description={t('goodRowsSays')} disabled={map.isPending} />
        <Radio
          value="all_or_nothing"
          label={t('allOrNothing')}
          description={t(isClean ? 'allSays' : 'allNeeds')}
          disabled={map.isPending || (!isClean && of.mode === 'good_rows')}
        />
      </Stack>
    </Radio.Group>
  )
}
