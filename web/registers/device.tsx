import { Button, Group, Modal, Paper, SimpleGrid, Stack, Text, Textarea } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { receiptNumberOf } from '../../server/registers/receipt-number.ts'
import { type Output, useCommand, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { readEmployeeName, useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { dateTime } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { DeviceBadge } from './devices.tsx'
import { FreeRegisters } from './free-registers.tsx'
import { type Device as Found, useRegisters } from './use-registers.ts'
import { useRegisterWords } from './words.ts'

const useWords = defineWords('device', {
  sealed: ['Last receipt', 'Dernier ticket', 'آخر إيصال'],
  nothingSealed: ['None yet', 'Aucun encore', 'لا شيء بعد'],
  hash: ['Its next receipt follows', 'Son prochain ticket suit', 'إيصاله التالي يتبع'],
  bind: ['Bind to a register', 'Affecter à un poste de caisse', 'ربط بصندوق'],
  bindSays: [
    'From then on the device numbers the receipts of that register, while the server is there, too.',
    'L’appareil numérote alors les tickets de ce poste de caisse, même quand le serveur est joignable.',
    'يرقّم الجهاز بعدها إيصالات ذلك الصندوق حتى مع وجود الخادم.',
  ],
  unbind: ['Take off its register', 'Détacher du poste de caisse', 'فصل عن الصندوق'],
  unbindSays: [
    'The device sells nothing more there. While it may still hold receipts, say why; somebody else has to bring those.',
    'L’appareil n’y vendra plus. S’il peut encore détenir des tickets, dites pourquoi ; une autre personne devra les transmettre.',
    'لن يبيع الجهاز هناك بعد ذلك. إن كان قد يحمل إيصالات فاذكر السبب، وعلى شخص آخر إحضارها.',
  ],
  revoke: ['Revoke', 'Révoquer', 'إلغاء الجهاز'],
  revokeSays: [
    'Its credential counts no more, for good: for a device that is lost, stolen or replaced. It is taken off its register.',
    'Son identifiant ne vaut plus rien, définitivement : appareil perdu, volé ou remplacé. Il est détaché de son poste de caisse.',
    'يبطل مفتاحه نهائيًا: لجهاز مفقود أو مسروق أو مستبدل. ويُفصل عن صندوقه.',
  ],
  history: ['What became of it', 'Historique', 'سجل الجهاز'],
  action: ['Step', 'Étape', 'الخطوة'],
  when: ['When', 'Quand', 'متى'],
  who: ['Who', 'Qui', 'من'],
  enroll: ['Enrolled', 'Enrôlé', 'سُجّل'],
  did_bind: ['Bound', 'Affecté', 'رُبط'],
  did_unbind: ['Taken off', 'Détaché', 'فُصل'],
  did_revoke: ['Revoked', 'Révoqué', 'أُلغي'],
})

type Step = Output<'registers.list-device-steps'>['items'][number]
type Act = 'bind' | 'unbind' | 'revoke'

/** One device: where it is, what it sealed last, and what became of it. */
export function Device() {
  const { id } = useParams({ from: '/workplace/registers/devices/$id' })
  const { data, error, refetch } = useRead('registers.get-device', { id })
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  return <DevicePage device={data} />
}

function DevicePage({ device }: { device: Found }) {
  const t = useWords()
  const words = useRegisterWords()
  const may = useMay()
  const [act, setAct] = useState<Act>()
  const columns = useColumns(device)
  const isAtWork = device.revoked_at === null
  const acts: [Act, boolean][] = [
    ['bind', isAtWork && device.register_id === null && may('registers.bind-device')],
    ['unbind', device.register_id !== null && may('registers.unbind-device')],
    ['revoke', isAtWork && may('registers.revoke-device')],
  ]
  const back = (
    <Button
      variant="subtle"
      leftSection={<IconChevronLeft size={16} className="turns" />}
      renderRoot={(props) => <Link to="/registers/devices" {...props} />}
    >
      {words('devices')}
    </Button>
  )
  return (
    <Page title={device.name} actions={back}>
      <Group gap="xs">
        {acts
          .filter(([, isShown]) => isShown)
          .map(([name]) => (
            <Button
              key={name}
              variant={name === 'bind' ? 'filled' : 'default'}
              {...(name === 'revoke' ? { color: 'red', variant: 'light' } : {})}
              onClick={() => setAct(name)}
            >
              {t(name)}
            </Button>
          ))}
      </Group>
      <Facts device={device} />
      <List
        operation="registers.list-device-steps"
        input={{ id: device.id }}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title={t('history')} />}
        file="device-steps"
        label={t('history')}
      />
      {act ? <ActWindow act={act} device={device} close={() => setAct(undefined)} /> : null}
    </Page>
  )
}

function Facts({ device }: { device: Found }) {
  const t = useWords()
  const words = useRegisterWords()
  const common = useCommonWords()
  const { registerName, registerOf } = useRegisters()
  const { branchName } = useBranchOf()
  const last = registerOf(device.register_id)?.last_receipt_number
  return (
    <Paper withBorder p="md">
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Fact name={words('state')}>
          <DeviceBadge device={device} />
        </Fact>
        <Fact name={common('branch')}>{branchName(device.branch_id)}</Fact>
        <Fact name={words('register')}>{registerName(device.register_id) || '—'}</Fact>
        <Fact name={t('sealed')}>
          <span className="code">{last ?? t('nothingSealed')}</span>
        </Fact>
      </SimpleGrid>
      {device.head_hash ? (
        <Text size="xs" c="dimmed" mt="sm">
          {t('hash')}{' '}
          <span className="code" style={{ overflowWrap: 'anywhere' }}>
            {device.head_hash}
          </span>
        </Text>
      ) : null}
    </Paper>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="div" size="sm">
        {children}
      </Text>
    </div>
  )
}

function ActWindow({ act, device, close }: { act: Act; device: Found; close: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const onDone = () => {
    tellDone(common('saved'))
    close()
  }
  return (
    <Modal opened onClose={close} title={t(act)} closeButtonProps={{ 'aria-label': common('close') }}>
      {act === 'bind' ? <Bind device={device} onDone={onDone} /> : <End act={act} device={device} onDone={onDone} />}
    </Modal>
  )
}

function Bind({ device, onDone }: { device: Found; onDone: () => void }) {
  const t = useWords()
  const words = useRegisterWords()
  const [register, setRegister] = useState<string | null>(null)
  const bind = useCommand('registers.bind-device')
  const { id, version } = device
  return (
    <Stack>
      <Text size="sm">{t('bindSays')}</Text>
      <FreeRegisters label={words('register')} branchId={device.branch_id} value={register} onChange={setRegister} />
      <Button
        disabled={!register}
        loading={bind.isPending}
        onClick={() => register && void bind.mutateAsync({ id, version, register_id: register }).then(onDone, tell)}
      >
        {t('bind')}
      </Button>
    </Stack>
  )
}

function End({ act, device, onDone }: { act: 'unbind' | 'revoke'; device: Found; onDone: () => void }) {
  const t = useWords()
  const words = useRegisterWords()
  const { id, version } = device
  const sending = useCommandForm(`registers.${act}-device` as const, {
    values: { reason: '' },
    input: ({ reason }) => ({ id, version, ...(reason ? { reason } : {}) }),
    onDone,
    touches: ['sync'],
  })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Text size="sm">{t(`${act}Says`)}</Text>
        <Textarea
          label={words('reason')}
          description={words('reasonHint')}
          maxLength={200}
          data-autofocus
          {...sending.form.getInputProps('reason')}
        />
        <FormEnd of={sending} label={t(act)} color="red" />
      </Stack>
    </form>
  )
}

const did = { enroll: 'enroll', bind: 'did_bind', unbind: 'did_unbind', revoke: 'did_revoke' } as const

function useColumns({ branch_id }: Found): Column<Step>[] {
  const t = useWords()
  const words = useRegisterWords()
  const nameOf = useEmployeeName()
  const { registerOf, registerName } = useRegisters()
  const { zoneOf } = useBranchOf()
  const sealed = ({ register_id, last_sequence }: Step) => {
    const code = registerOf(register_id)?.code
    return last_sequence && code ? receiptNumberOf(code, String(last_sequence)) : null
  }
  return [
    { head: t('action'), cell: ({ action }) => t(did[action]), text: ({ action }) => t(did[action]) },
    {
      head: t('when'),
      cell: ({ recorded_at }) => dateTime(recorded_at, zoneOf(branch_id)),
      text: ({ recorded_at }) => String(recorded_at),
    },
    { head: t('who'), cell: ({ actor_id }) => nameOf(actor_id), text: ({ actor_id }) => readEmployeeName(actor_id) },
    {
      head: words('register'),
      cell: ({ register_id }) => registerName(register_id),
      text: ({ register_id }) => registerName(register_id),
    },
    { head: t('sealed'), cell: (step) => <span className="code">{sealed(step) ?? ''}</span>, text: sealed },
    { head: words('reason'), cell: ({ reason }) => reason, text: ({ reason }) => reason },
  ]
}
