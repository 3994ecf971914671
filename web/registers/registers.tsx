import { Badge, Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useMay } from '../identity/session.ts'
import { BranchFilter } from '../tenants/branch-filter.tsx'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { RegisterForm } from './register-form.tsx'
import { RegisterTabs } from './register-tabs.tsx'
import { type Register, useDevices } from './use-registers.ts'
import { useRegisterWords } from './words.ts'

const useWords = defineWords('registers-list', {
  add: ['Add a register', 'Ajouter un poste de caisse', 'إضافة صندوق'],
  nothing: ['No register yet', 'Aucun poste de caisse', 'لا صناديق بعد'],
  nothingSays: [
    'A register is a counter where sales are made: it has a drawer, and a short code that its receipts begin with. Add one for each counter of the branch.',
    'Un poste de caisse est un comptoir où l’on vend : un tiroir et un code court par lequel commencent ses tickets. Ajoutez-en un par comptoir.',
    'الصندوق منضدة بيع: له درج ورمز قصير تبدأ به إيصالاته. أضف واحدًا لكل منضدة في الفرع.',
  ],
})

/** The registers of the branches they work in. */
export function Registers() {
  const t = useWords()
  const words = useRegisterWords()
  const may = useMay()
  const { filters } = useFilters(['branch'])
  const [edited, setEdited] = useState<Register | 'new'>()
  const columns = useColumns()
  const add = may('registers.create-register') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>
      {t('add')}
    </Button>
  ) : null
  return (
    <Page title={words('registers')} actions={add}>
      <RegisterTabs />
      <List
        operation="registers.list-registers"
        input={filters.branch ? { branch_id: filters.branch } : {}}
        columns={columns}
        keyOf={({ id }) => id}
        {...(may('registers.update-register') ? { onOpen: setEdited } : {})}
        empty={
          <Empty title={t('nothing')} action={add}>
            {t('nothingSays')}
          </Empty>
        }
        file="registers"
        label={words('registers')}
        filters={<BranchFilter />}
      />
      {edited ? <RegisterForm register={edited} close={() => setEdited(undefined)} /> : null}
    </Page>
  )
}

function useColumns(): Column<Register>[] {
  const words = useRegisterWords()
  const common = useCommonWords()
  const { isOne, branchName } = useBranchOf()
  const { deviceAt } = useDevices()
  const state = ({ is_active }: Register) => words(is_active ? 'inUse' : 'outOfUse')
  const branch: Column<Register> = {
    head: common('branch'),
    cell: ({ branch_id }) => branchName(branch_id),
    text: ({ branch_id }) => branchName(branch_id),
  }
  return [
    { head: words('code'), cell: ({ code }) => <strong className="code">{code}</strong>, text: ({ code }) => code },
    { head: words('name'), cell: ({ name }) => name, text: ({ name }) => name },
    ...(isOne ? [] : [branch]),
    {
      head: words('state'),
      cell: (register) => (
        <Badge variant="light" color={register.is_active ? 'green' : 'gray'}>
          {state(register)}
        </Badge>
      ),
      text: state,
    },
    {
      head: words('device'),
      cell: ({ id }) => deviceAt(id)?.name ?? '',
      text: ({ id }) => deviceAt(id)?.name ?? null,
    },
    {
      head: words('lastReceipt'),
      cell: ({ last_receipt_number: number }) => <span className="code">{number ?? '—'}</span>,
      text: ({ last_receipt_number: number }) => number,
    },
  ]
}
