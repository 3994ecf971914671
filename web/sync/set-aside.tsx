import { Alert, Code, Drawer, Stack, Text } from '@mantine/core'
import { type Output, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useRegisters } from '../registers/use-registers.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { useFaultWords } from './fault-words.ts'
import { SyncFilters, useSyncFilters } from './filters.tsx'
import { OutcomeBadge, Resolution, ResolveForm } from './resolution.tsx'
import { SyncTabs } from './sync-tabs.tsx'
import { useSyncWords } from './words.ts'

const useWords = defineWords('set-aside', {
  about: [
    'Receipts of devices that could not be booked: damaged, tampered with, or out of order.',
    'Tickets d’appareils impossibles à comptabiliser : abîmés, altérés ou hors séquence.',
    'إيصالات أجهزة تعذر تسجيلها: تالفة أو معبوث بها أو خارج التسلسل.',
  ],
  nothing: ['Nothing was set aside', 'Rien n’est mis de côté', 'لا شيء منحّى جانبًا'],
  nothingSays: [
    'A receipt that cannot be what its till sealed is kept here with its text, and its number stays taken. Look into it before its session is closed.',
    'Un ticket qui n’est pas celui que la caisse a scellé est gardé ici avec son texte, et son numéro reste pris. Examinez-le avant de clôturer sa session.',
    'الإيصال الذي لا يطابق ما ختمته نقطة بيعه يُحفظ هنا بنصه ويبقى رقمه مأخوذًا. انظر فيه قبل إقفال جلسته.',
  ],
  server: ['What the server says', 'Ce que dit le serveur', 'ما يقوله الخادم'],
  text: ['Its text as it came', 'Son texte tel que reçu', 'نصه كما وصل'],
  lost: ['Its text was not brought.', 'Son texte n’a pas été transmis.', 'لم يصل نصه.'],
  follows: ['Follows', 'Suit', 'يتبع'],
  hash: ['Its hash', 'Son empreinte', 'بصمته'],
})

type Slip = Output<'sync.list-set-aside'>['items'][number]

/** Slips that could not be booked, to be settled one by one. */
export function SetAside() {
  const t = useWords()
  const sync = useSyncWords()
  const may = useMay()
  const { input, show, set } = useSyncFilters()
  const columns = useColumns()
  const mayOpen = may('sync.get-set-aside')
  return (
    <Page title={sync('title')} about={t('about')}>
      <SyncTabs />
      <List
        operation="sync.list-set-aside"
        input={input}
        columns={columns}
        keyOf={({ id }) => id}
        {...(mayOpen ? { onOpen: ({ id }: Slip) => set({ show: id }) } : {})}
        empty={<Empty title={t('nothing')}>{t('nothingSays')}</Empty>}
        file="set-aside"
        label={sync('setAside')}
        filters={<SyncFilters />}
      />
      {show && mayOpen ? <Detail id={show} close={() => set({ show: null })} /> : null}
    </Page>
  )
}

function useColumns(): Column<Slip>[] {
  const sync = useSyncWords()
  const faults = useFaultWords()
  const { registerName } = useRegisters()
  const { zoneOf } = useBranchOf()
  return [
    {
      head: sync('receipt'),
      cell: ({ receipt_number }) => <span className="code">{receipt_number}</span>,
      text: ({ receipt_number }) => receipt_number,
    },
    { head: sync('what'), cell: ({ code }) => faults(code), text: ({ code }) => faults(code) },
    {
      head: sync('register'),
      cell: ({ register_id }) => registerName(register_id),
      text: ({ register_id }) => registerName(register_id),
    },
    {
      head: sync('arrived'),
      cell: ({ received_at, branch_id }) => dateTime(received_at, zoneOf(branch_id)),
      text: ({ received_at }) => String(received_at),
    },
    {
      head: sync('state'),
      cell: ({ resolution }) => <OutcomeBadge resolution={resolution} />,
      text: ({ resolution }) => sync(resolution?.outcome ?? 'open'),
    },
  ]
}

function Detail({ id, close }: { id: string; close: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const sync = useSyncWords()
  const faults = useFaultWords()
  const may = useMay()
  const { data, error } = useRead('sync.get-set-aside', { id })
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="lg"
      title={<Text fw={650}>{`${sync('receipt')} ${data?.receipt_number ?? ''}`}</Text>}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {data ? (
        <Stack>
          <Text fw={650}>{faults(data.code)}</Text>
          <Alert color="orange" title={t('server')}>
            <bdi>{data.detail}</bdi>
          </Alert>
          <Hash name={t('follows')} text={data.previous_hash} />
          <Hash name={t('hash')} text={data.hash} />
          <Text size="sm">{data.body ? t('text') : t('lost')}</Text>
          {data.body ? (
            <Code
              block
              dir="ltr"
              mah={260}
              tabIndex={0}
              role="region"
              aria-label={t('text')}
              style={{ overflow: 'auto' }}
            >
              {indented(data.body)}
            </Code>
          ) : null}
          {data.resolution ? <Resolution resolution={data.resolution} branchId={data.branch_id} /> : null}
          {!data.resolution && may('sync.resolve-set-aside') ? (
            <ResolveForm operation="sync.resolve-set-aside" id={id} />
          ) : null}
        </Stack>
      ) : (
        <Pending error={error} />
      )}
    </Drawer>
  )
}

function Hash({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="xs" className="code" style={{ overflowWrap: 'anywhere' }}>
        {text}
      </Text>
    </div>
  )
}

/** To be read, where it is JSON. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
