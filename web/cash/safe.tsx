import { Badge, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useState } from 'react'
import { type Output, useRead } from '../api.ts'
import { type Branch, useBranch, useMay } from '../identity/session.ts'
import { readEmployeeName, useEmployeeName } from '../tenants/use-employees.ts'
import { dateTime, money } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { CashTabs } from './cash-tabs.tsx'
import { type Move, MoveCash, useMoveWords } from './move-cash.tsx'
import { type CashWord, useCashWords } from './words.ts'

const useWords = defineWords('safe', {
  balance: ['In the safe by the books', 'Dans le coffre, selon les comptes', 'في الخزنة حسب الدفاتر'],
  balanceSays: [
    'Floats, drops and counted drawers of cash sessions are in it, too; below only what came or left beside them.',
    'Les fonds, versements et recettes des sessions y sont compris ; ci-dessous, seulement les autres mouvements.',
    'يشمل أرصدة البداية وإيداعات الجلسات ونقدها المعدود؛ وأدناه الحركات الأخرى فقط.',
  ],
  moves: ['Movements of the safe', 'Mouvements du coffre', 'حركات الخزنة'],
  kind: ['Movement', 'Mouvement', 'الحركة'],
  into: ['In', 'Entrée', 'إيداع'],
  out: ['Out', 'Sortie', 'سحب'],
  nothing: ['Nothing was put in or taken out yet', 'Aucune entrée ni sortie', 'لا إيداع ولا سحب بعد'],
  nothingSays: [
    'Count the safe and put in what is there as its opening balance, so that the books know it. Later, take out what goes to the bank.',
    'Comptez le coffre et entrez son contenu comme solde d’ouverture pour que les comptes le connaissent. Ensuite, sortez ce qui part à la banque.',
    'عُدّ ما في الخزنة وأودعه رصيدًا افتتاحيًا كي تعرفه الدفاتر، ثم اسحب ما يذهب إلى البنك.',
  ],
})

type SafeMovement = Output<'cash.list-safe-movements'>['items'][number]

/** What the safe of the branch holds, and what came into it and left it beside the sessions of registers. */
export function Safe() {
  const cash = useCashWords()
  const branch = useBranch()
  return (
    <Page title={cash('safe')} {...(branch ? { about: branch.name } : {})}>
      <CashTabs />
      {branch ? <SafeOf key={branch.id} branch={branch} /> : null}
    </Page>
  )
}

function SafeOf({ branch }: { branch: Branch }) {
  const t = useWords()
  const may = useMay()
  const moving = useMoveWords()
  const safe = useRead('cash.get-safe', { branch_id: branch.id })
  const [move, setMove] = useState<Move>()
  const columns = useColumns(branch, safe.data?.currency ?? '')
  if (!safe.data) return <Pending error={safe.error} retry={() => void safe.refetch()} />
  const { balance, currency } = safe.data
  return (
    <Stack>
      <Paper withBorder p="md">
        <Group justify="space-between">
          <div>
            <Text size="sm" c="dimmed">
              {t('balance')}
            </Text>
            <Text
              fz={32}
              fw={700}
              {...(balance.startsWith('-') ? { c: 'red' } : {})}
              style={{ textAlign: 'start' }}
              className="amount"
            >
              {money(balance, currency)}
            </Text>
            <Text size="sm" c="dimmed">
              {t('balanceSays')}
            </Text>
          </div>
          {may('cash.move-safe') ? (
            <Group>
              <Button leftSection={<IconArrowDown size={18} />} onClick={() => setMove('put_in')}>
                {moving('put_in')}
              </Button>
              <Button variant="default" leftSection={<IconArrowUp size={18} />} onClick={() => setMove('take_out')}>
                {moving('take_out')}
              </Button>
            </Group>
          ) : null}
        </Group>
      </Paper>
      <List
        operation="cash.list-safe-movements"
        input={{ branch_id: branch.id }}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title={t('nothing')}>{t('nothingSays')}</Empty>}
        file="safe"
        label={t('moves')}
      />
      {move ? <MoveCash move={move} of={{ branch_id: branch.id, currency }} close={() => setMove(undefined)} /> : null}
    </Stack>
  )
}

function useColumns(branch: Branch, currency: string): Column<SafeMovement>[] {
  const t = useWords()
  const cash = useCashWords()
  const nameOf = useEmployeeName()
  const use = ({ against }: SafeMovement) => cash(`use_${against}` as CashWord)
  const kind = (movement: SafeMovement) => t(movement.kind === 'put_in' ? 'into' : 'out')
  const signed = (movement: SafeMovement) => `${movement.kind === 'put_in' ? '' : '-'}${movement.amount}`
  return [
    {
      head: cash('when'),
      cell: ({ recorded_at }) => dateTime(recorded_at, branch.time_zone),
      text: ({ recorded_at }) => String(recorded_at),
    },
    {
      head: t('kind'),
      cell: (movement) => (
        <Badge variant="light" color={movement.kind === 'put_in' ? 'green' : 'gray'}>
          {kind(movement)}
        </Badge>
      ),
      text: kind,
    },
    { head: cash('against'), cell: use, text: use },
    { head: cash('reason'), cell: ({ reason }) => reason, text: ({ reason }) => reason },
    { head: cash('who'), cell: ({ actor_id }) => nameOf(actor_id), text: ({ actor_id }) => readEmployeeName(actor_id) },
    {
      head: cash('amount'),
      cell: (movement) => money(signed(movement), currency),
      text: signed,
      isAmount: true,
    },
  ]
}
