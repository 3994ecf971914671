import { Box, Button, Group, Paper, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { IconDownload, IconWand } from '@tabler/icons-react'
import { type Output, useCommand, useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { quantity } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { tell } from '../ui/tell.tsx'
import { Told } from '../ui/told.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { useSayFault, useSayKind } from './fault-words.ts'
import { useImportNames } from './field-words.ts'
import { FixCell, Suggestion } from './fix-cell.tsx'
import { RowOfError } from './row-of-error.tsx'
import { type Import, type ImportError, useGo } from './use-import.ts'
import { useImportWords } from './words.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-errors', {
  title: ['What is wrong', 'Ce qui ne va pas', 'ما الخطأ'],
  leftOut: ['What stayed out', 'Ce qui est resté de côté', 'ما بقي خارجًا'],
  wrong: ['What is wrong', 'Problème', 'الخطأ'],
  suggested: ['Suggested', 'Proposition', 'المقترح'],
  kindOf: ['{{name}}: {{says}}', '{{name}} : {{says}}', '{{name}}: {{says}}'],
  kinds: ['Show only', 'N’afficher que', 'عرض فقط'],
  takeAll: ['Take all {{count}} suggestions', 'Prendre les {{count}} propositions', 'قبول كل المقترحات ({{count}})'],
  download: ['Download the rejected rows', 'Télécharger les lignes rejetées', 'تنزيل الصفوف المرفوضة'],
  keys: ['Enter saves and goes to the next one, Esc puts back what was there.', 'Entrée enregistre et passe à la suivante, Échap rétablit la valeur.', 'Enter يحفظ وينتقل إلى التالي، وEsc يعيد القيمة السابقة.'],
  whole: ['the whole row', 'toute la ligne', 'الصف كله'],
  none: ['Nothing is wrong any more', 'Plus rien à corriger', 'لم يبق خطأ'],
  noneSays: ['Check the rows again: what is wrong among several shows then.', 'Vérifiez à nouveau : les erreurs entre plusieurs lignes apparaissent alors.', 'أعد الفحص: عندها يظهر ما كان خطأ بين عدة صفوف.'],
})

type Count = Output<'imports.count-errors'>['items'][number]

const fixable: readonly string[] = ['checked', 'tried']

/** What is wrong with the rows of a file: how many in which way, and each, to be put right in its cell. */
export function Errors({ of, about }: { of: Import; about?: string }) {
  const t = useWords()
  const may = useMay()
  const isFixable = may('imports.fix-cell') && fixable.includes(of.status)
  const isLeftOut = !fixable.includes(of.status)
  const { filters } = useFilters(['wrong'])
  const { data: counts } = useRead('imports.count-errors', { id: of.id })
  const hasRows = may('imports.show-rows') && of.stored_path !== null
  const columns = useColumns(of, { isFixable, hasRows }, counts?.items ?? [])
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end">
        <Box flex="1 1 20rem" miw={0}>
          <Title order={2} size="h4">
            {t(isLeftOut ? 'leftOut' : 'title')}
          </Title>
          <Text size="sm" c="dimmed">
            {about} {isFixable ? t('keys') : null}
          </Text>
        </Box>
        <Rejected of={of} />
      </Group>
      <Counts of={of} counts={counts?.items ?? []} isFixable={isFixable} />
      <List
        operation="imports.list-errors"
        input={{ id: of.id, is_resolved: false, ...(filters.wrong ? { code: filters.wrong } : {}) }}
        // A check says anew what is wrong: who types in a cell meanwhile stays in it.
        keyOf={({ row_number, column, code }) => `${row_number} ${column} ${code}`}
        columns={columns}
        label={t('title')}
        file={`${of.target}-errors`}
        filteredBy={['wrong']}
        empty={<Empty title={t('none')}>{t('noneSays')}</Empty>}
      />
    </Stack>
  )
}

function useColumns(
  of: Import,
  { isFixable, hasRows }: { isFixable: boolean; hasRows: boolean },
  counts: readonly Count[],
): Column<ImportError>[] {
  const t = useWords()
  const words = useImportWords()
  const common = useCommonWords()
  const say = useSayFault()
  const alike = useAlike(of)
  const isMany = ({ column, code }: ImportError) =>
    counts.some((one) => one.column === column && one.code === code && one.rows > 1)
  return [
    {
      head: common('row'),
      cell: (error) => (
        <div className="import-error-row">
          <span>{quantity(String(error.row_number))}</span>
          {hasRows ? <RowOfError of={of} error={error} /> : null}
        </div>
      ),
      text: ({ row_number }) => String(row_number),
    },
    {
      head: words('column'),
      cell: (error) => (
        <>
          <bdi>{error.column ?? t('whole')}</bdi>
          <Text size="xs" c="dimmed" hiddenFrom="sm" maw={140} style={{ whiteSpace: 'normal' }}>
            {say(error).said}
          </Text>
        </>
      ),
      text: ({ column }) => column,
    },
    {
      head: common('value'),
      cell: (error) =>
        isFixable ? (
          <FixCell of={of} error={error} {...(isMany(error) ? { onAlike: alike.fix } : {})} />
        ) : (
          <bdi>{error.original_value}</bdi>
        ),
      text: ({ original_value }) => original_value,
    },
    {
      head: t('wrong'),
      cell: (error) => (
        <div style={{ whiteSpace: 'normal', minWidth: 200 }}>
          <Told {...say(error)} />
        </div>
      ),
      text: (error) => say(error).said,
    },
    {
      head: t('suggested'),
      cell: (error) => (isFixable ? <Suggestion of={of} error={error} /> : <bdi>{error.suggested_value}</bdi>),
      text: ({ suggested_value }) => suggested_value,
    },
  ]
}

/** Puts right at once all cells that are wrong alike; the rows are checked anew then. */
function useAlike({ id, version }: Import) {
  const command = useCommand('imports.fix-alike')
  const go = useGo()
  const send = async (more: { column: string; code: string; original_value?: string; value?: string | null }) => {
    try {
      await command.mutateAsync({ id, version, ...more })
      go()
    } catch (error) {
      tell(error)
    }
  }
  const fix = ({ column, code, original_value }: ImportError, value: string) =>
    void send({
      ...{ column: column ?? '', code, value: value === '' ? null : value },
      ...(original_value ? { original_value } : {}),
    })
  return {
    fix,
    takeAll: ({ column, code }: Count) => void send({ column: column ?? '', code }),
    isSending: command.isPending,
  }
}

function Counts({ of, counts, isFixable }: { of: Import; counts: readonly Count[]; isFixable: boolean }) {
  const t = useWords()
  const { filters, set } = useFilters(['wrong'])
  const { fieldOf } = useImportNames()
  const say = useSayKind()
  const alike = useAlike(of)
  if (counts.length === 0) return null
  return (
    <Paper withBorder component="fieldset" p="xs" m={0}>
      <legend className="import-legend">{t('kinds')}</legend>
      {counts.map((one) => {
        const isShown = filters.wrong === one.code
        const name = one.field === null ? t('whole') : fieldOf(of.target, one.field)
        return (
          <Group key={`${one.code} ${one.column}`} justify="space-between" gap="xs" className="import-count">
            <UnstyledButton aria-pressed={isShown} onClick={() => set({ wrong: isShown ? null : one.code })}>
              <Text size="sm" component="span">
                <b className="amount">{quantity(String(one.rows))}</b> · {t('kindOf', { name, says: say(one) })}
              </Text>
            </UnstyledButton>
            {isFixable && one.suggestions > 1 && one.column !== null ? (
              <Button
                variant="light"
                size="compact-sm"
                leftSection={<IconWand size={14} />}
                aria-label={t('kindOf', { name: t('takeAll', { count: one.suggestions }), says: one.column })}
                loading={alike.isSending}
                onClick={() => alike.takeAll(one)}
              >
                {t('takeAll', { count: one.suggestions })}
              </Button>
            ) : null}
          </Group>
        )
      })}
    </Paper>
  )
}

/** The rejected rows as a file like the one they came in. */
function Rejected({ of }: { of: Import }) {
  const t = useWords()
  const { permissions } = useWorkplace()
  if (of.failed_rows === 0 || of.stored_path === null || !permissions.includes('imports.read-files')) return null
  return (
    <Button
      component="a"
      href={`/v1/imports/${of.id}/rejected-rows`}
      download
      variant="default"
      size="xs"
      leftSection={<IconDownload size={14} />}
    >
      {t('download')}
    </Button>
  )
}
