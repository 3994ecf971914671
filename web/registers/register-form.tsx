import { Modal, Select, Stack, Switch, Text, TextInput } from '@mantine/core'
import { useBranches } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import type { Register } from './use-registers.ts'
import { useRegisterWords } from './words.ts'

const useWords = defineWords('register-form', {
  add: ['Add a register', 'Ajouter un poste de caisse', 'إضافة صندوق'],
  edit: ['Register {{code}}', 'Poste de caisse {{code}}', 'الصندوق {{code}}'],
  codeHint: [
    '1 to 8 capital letters and digits. Receipts begin with it, and it never changes.',
    '1 à 8 majuscules et chiffres. Ses tickets commencent par lui ; il ne change jamais.',
    'من 1 إلى 8 أحرف لاتينية كبيرة وأرقام. تبدأ به الإيصالات ولا يتغير أبدًا.',
  ],
  isActive: ['In use', 'En service', 'في الخدمة'],
  activeHint: [
    'Out of use, no session is opened on it; what was sold stays.',
    'Hors service, aucune session ne s’y ouvre ; les ventes passées restent.',
    'خارج الخدمة لا تُفتح عليه جلسات، ويبقى ما بيع.',
  ],
})

/** Makes a register, or changes one, in a window. */
export function RegisterForm({ register, close }: { register: Register | 'new'; close: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  return (
    <Modal
      opened
      onClose={close}
      title={register === 'new' ? t('add') : t('edit', { code: register.code })}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {register === 'new' ? <Create close={close} /> : <Edit register={register} close={close} />}
    </Modal>
  )
}

function Create({ close }: { close: () => void }) {
  const t = useWords()
  const words = useRegisterWords()
  const common = useCommonWords()
  const { branches, branch } = useBranches()
  const sending = useCommandForm('registers.create-register', {
    values: { branch_id: branch?.id ?? '', code: '', name: '' },
    input: (values) => values,
    onDone: () => {
      tellDone(words('saved'))
      close()
    },
  })
  const { form } = sending
  const code = form.getInputProps('code')
  return (
    <form onSubmit={sending.send}>
      <Stack>
        {branches.length > 1 ? (
          <Select
            label={common('branch')}
            searchable
            allowDeselect={false}
            data={branches.map(({ id, name }) => ({ value: id, label: name }))}
            {...form.getInputProps('branch_id')}
          />
        ) : null}
        <TextInput
          label={words('code')}
          description={t('codeHint')}
          required
          maxLength={8}
          data-autofocus
          dir="ltr"
          {...code}
          onChange={(event) => form.setFieldValue('code', event.currentTarget.value.toUpperCase().trim())}
        />
        <TextInput label={words('name')} required maxLength={100} {...form.getInputProps('name')} />
        <FormEnd of={sending} label={common('create')} />
      </Stack>
    </form>
  )
}

function Edit({ register, close }: { register: Register; close: () => void }) {
  const t = useWords()
  const words = useRegisterWords()
  const common = useCommonWords()
  const { id, version } = register
  const sending = useCommandForm('registers.update-register', {
    values: { name: register.name, is_active: register.is_active },
    input: (values) => ({ id, version, ...values }),
    onDone: () => {
      tellDone(words('saved'))
      close()
    },
  })
  const { form } = sending
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput label={words('name')} required maxLength={100} data-autofocus {...form.getInputProps('name')} />
        <Switch
          label={t('isActive')}
          description={t('activeHint')}
          {...form.getInputProps('is_active', { type: 'checkbox' })}
        />
        {register.last_receipt_number ? (
          <Text size="sm" c="dimmed">
            {words('lastReceipt')} <span className="code">{register.last_receipt_number}</span>
          </Text>
        ) : null}
        <FormEnd of={sending} label={common('save')} />
      </Stack>
    </form>
  )
}
