import { Badge, Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../identity/session.ts'
import { BranchFilter } from '../tenants/branch-filter.tsx'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { EnrollDevice } from './enroll-device.tsx'
import { RegisterTabs } from './register-tabs.tsx'
import { type Device, useRegisters } from './use-registers.ts'
import { useRegisterWords } from './words.ts'

const useWords = defineWords('devices-list', {
  add: ['Enrol a device', 'Enrôler un appareil', 'تسجيل جهاز'],
  since: ['Enrolled', 'Enrôlé', 'سُجّل'],
  lastSealed: ['Last receipt sealed there', 'Dernier ticket scellé', 'آخر إيصال مختوم'],
  nothing: ['No device yet', 'Aucun appareil', 'لا أجهزة بعد'],
  nothingSays: [
    'A device is a till that may go on selling while the server is out of reach: it seals its receipts, and brings them later. Enrol it, then bind it to a register.',
    'Un appareil est une caisse qui continue de vendre quand le serveur est injoignable : il scelle ses tickets et les transmet ensuite. Enrôlez-le, puis affectez-le à un poste de caisse.',
    'الجهاز نقطة بيع تواصل البيع عند تعذر الوصول إلى الخادم: يختم إيصالاته ثم يرسلها. سجّله ثم اربطه بصندوق.',
  ],
})

/** Tills that may sell without the server. */
export function Devices() {
  const t = useWords()
  const words = useRegisterWords()
  const may = useMay()
  const navigate = useNavigate()
  const { filters } = useFilters(['branch'])
  const [isEnrolling, setEnrolling] = useState(false)
  const columns = useColumns()
  const add = may('registers.enroll-device') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEnrolling(true)}>
      {t('add')}
    </Button>
  ) : null
  return (
    <Page title={words('devices')} actions={add}>
      <RegisterTabs />
      <List
        operation="registers.list-devices"
        input={filters.branch ? { branch_id: filters.branch } : {}}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/registers/devices/$id', params: { id } })}
        empty={
          <Empty title={t('nothing')} action={add}>
            {t('nothingSays')}
          </Empty>
        }
        file="devices"
        label={words('devices')}
        filters={<BranchFilter />}
      />
      {isEnrolling ? <EnrollDevice close={() => setEnrolling(false)} /> : null}
    </Page>
  )
}

type State = 'revoked' | 'bound' | 'unbound'
const colors = { revoked: 'red', bound: 'green', unbound: 'gray' } as const

export function stateOf({ revoked_at, register_id }: Device): State {
  if (revoked_at) return 'revoked'
  return register_id ? 'bound' : 'unbound'
}

export function DeviceBadge({ device }: { device: Device }) {
  const words = useRegisterWords()
  const state = stateOf(device)
  return (
    <Badge variant="light" color={colors[state]}>
      {words(state)}
    </Badge>
  )
}

function useColumns(): Column<Device>[] {
  const t = useWords()
  const words = useRegisterWords()
  const common = useCommonWords()
  const { registerName, registerOf } = useRegisters()
  const { isOne, branchName, zoneOf } = useBranchOf()
  const sealed = ({ register_id }: Device) => registerOf(register_id)?.last_receipt_number ?? null
  const branch: Column<Device> = {
    head: common('branch'),
    cell: ({ branch_id }) => branchName(branch_id),
    text: ({ branch_id }) => branchName(branch_id),
  }
  return [
    { head: words('name'), cell: ({ name }) => name, text: ({ name }) => name },
    ...(isOne ? [] : [branch]),
    {
      head: words('state'),
      cell: (device) => <DeviceBadge device={device} />,
      text: (device) => words(stateOf(device)),
    },
    {
      head: words('register'),
      cell: ({ register_id }) => registerName(register_id),
      text: ({ register_id }) => registerName(register_id),
    },
    { head: t('lastSealed'), cell: (device) => <span className="code">{sealed(device) ?? ''}</span>, text: sealed },
    {
      head: t('since'),
      cell: ({ created_at, branch_id }) => dateTime(created_at, zoneOf(branch_id)),
      text: ({ created_at }) => String(created_at),
    },
  ]
}
