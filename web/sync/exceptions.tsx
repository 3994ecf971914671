import { Badge } from '@mantine/core'
import type { Output } from '../api.ts'
import { useRegisters } from '../registers/use-registers.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { dateTime } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { ExceptionDetail } from './exception-detail.tsx'
import { useFaultWords } from './fault-words.ts'
import { SyncFilters, useSyncFilters } from './filters.tsx'
import { OutcomeBadge } from './resolution.tsx'
import { SyncTabs } from './sync-tabs.tsx'
import { useSyncWords } from './words.ts'

const useWords = defineWords('sync-exceptions', {
  about: [
    'Sales that a till made without the server and that it would have refused. They are booked as they happened; somebody looks at each.',
    'Des ventes faites sans le serveur et qu’il aurait refusées. Elles sont comptabilisées telles quelles ; chacune est à examiner.',
    'مبيعات تمت دون الخادم وكان سيرفضها. سُجّلت كما حدثت وينظر أحدهم في كل منها.',
  ],
  nothing: ['Nothing is to be settled', 'Rien à traiter', 'لا شيء بانتظار المعالجة'],
  nothingSays: [
    'When a till sells without the server and brings its sales later, whatever the server would have refused of them stands here: stock that was not there, another price, a recalled batch.',
    'Quand une caisse vend hors ligne puis transmet ses ventes, ce que le serveur aurait refusé apparaît ici : stock manquant, autre prix, lot rappelé.',
    'حين تبيع نقطة بيع دون الخادم ثم ترسل مبيعاتها يظهر هنا ما كان الخادم سيرفضه: مخزون غير موجود أو سعر آخر أو تشغيلة مسحوبة.',
  ],
})

type Exception = Output<'sync.list-exceptions'>['items'][number]

/** What was booked although the server would have refused it, to be settled one by one. */
export function Exceptions() {
  const t = useWords()
  const sync = useSyncWords()
  const { input, kind, show, set } = useSyncFilters()
  const columns = useColumns()
  return (
    <Page title={sync('title')} about={t('about')}>
      <SyncTabs />
      <List
        operation="sync.list-exceptions"
        input={{ ...input, ...(kind ? { kind } : {}) }}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => set({ show: id })}
        empty={<Empty title={t('nothing')}>{t('nothingSays')}</Empty>}
        file="sync-exceptions"
        label={sync('exceptions')}
        filters={<SyncFilters withKinds />}
      />
      {show ? <ExceptionDetail id={show} close={() => set({ show: null })} /> : null}
    </Page>
  )
}

function useColumns(): Column<Exception>[] {
  const sync = useSyncWords()
  const faults = useFaultWords()
  const { registerName } = useRegisters()
  const { zoneOf } = useBranchOf()
  return [
    {
      head: sync('receipt'),
      cell: ({ printed_number }) => <span className="code">{printed_number}</span>,
      text: ({ printed_number }) => printed_number,
    },
    { head: sync('what'), cell: ({ kind }) => faults(kind), text: ({ kind }) => faults(kind) },
    {
      head: sync('line'),
      cell: ({ line }) =>
        line === null ? null : (
          <Badge variant="default" circle>
            {line}
          </Badge>
        ),
      text: ({ line }) => (line === null ? null : String(line)),
    },
    {
      head: sync('register'),
      cell: ({ register_id }) => registerName(register_id),
      text: ({ register_id }) => registerName(register_id),
    },
    {
      head: sync('made'),
      cell: ({ made_at, branch_id }) => (made_at ? dateTime(made_at, zoneOf(branch_id)) : ''),
      text: ({ made_at }) => (made_at ? String(made_at) : null),
    },
    {
      head: sync('state'),
      cell: ({ resolution }) => <OutcomeBadge resolution={resolution} />,
      text: ({ resolution }) => sync(resolution?.outcome ?? 'open'),
    },
  ]
}
