import { Alert, Button, Code, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Output, useCommand } from '../api.ts'
import { useBranches, useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tell } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { FreeRegisters } from './free-registers.tsx'
import { useRegisterWords } from './words.ts'

const useWords = defineWords('enroll-device', {
  title: ['Enrol a device', 'Enrôler un appareil', 'تسجيل جهاز'],
  enroll: ['Enrol', 'Enrôler', 'تسجيل'],
  nameHint: [
    'What you call it, such as: Tablet at the entrance.',
    'Son nom usuel, par exemple : tablette de l’entrée.',
    'اسمه عندكم، مثل: لوحي المدخل.',
  ],
  once: [
    'This credential is shown once. Put it into the device now; whoever has it can bring sales in its name.',
    'Cet identifiant secret ne s’affiche qu’une fois. Saisissez-le maintenant dans l’appareil ; qui le détient peut transmettre des ventes en son nom.',
    'يظهر هذا المفتاح السري مرة واحدة. أدخله الآن في الجهاز؛ من يملكه يستطيع إرسال مبيعات باسمه.',
  ],
  lost: [
    'The device is enrolled, but its credential was told before and is not told again. Revoke it and enrol it anew if nobody noted it.',
    'L’appareil est enrôlé, mais son identifiant a déjà été affiché. Révoquez-le et recommencez si personne ne l’a noté.',
    'سُجّل الجهاز لكن مفتاحه عُرض من قبل ولا يُعرض ثانية. ألغه وسجّله من جديد إن لم يُدوَّن.',
  ],
  credential: ['Credential', 'Identifiant secret', 'المفتاح السري'],
  copy: ['Copy', 'Copier', 'نسخ'],
  copied: ['Copied', 'Copié', 'تم النسخ'],
  bindNow: ['Bind it to a register', 'L’affecter à un poste de caisse', 'ربطه بصندوق'],
  done: ['I have put it into the device', 'C’est saisi dans l’appareil', 'أدخلته في الجهاز'],
})

type Enrolled = Output<'registers.enroll-device'>

/** Enrols a device, tells its credential once, and binds it at once where they may. */
export function EnrollDevice({ close }: { close: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const [enrolled, setEnrolled] = useState<Enrolled>()
  return (
    <Modal
      opened
      onClose={close}
      title={t('title')}
      closeOnClickOutside={!enrolled}
      closeOnEscape={!enrolled}
      withCloseButton={!enrolled}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {enrolled ? <Credential device={enrolled} close={close} /> : <Enroll onDone={setEnrolled} />}
    </Modal>
  )
}

function Enroll({ onDone }: { onDone: (device: Enrolled) => void }) {
  const t = useWords()
  const words = useRegisterWords()
  const common = useCommonWords()
  const { branches, branch } = useBranches()
  const sending = useCommandForm('registers.enroll-device', {
    values: { branch_id: branch?.id ?? '', name: '' },
    input: (values) => values,
    onDone,
  })
  const { form } = sending
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
          label={words('name')}
          description={t('nameHint')}
          required
          maxLength={100}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <FormEnd of={sending} label={t('enroll')} />
      </Stack>
    </form>
  )
}

function Credential({ device, close }: { device: Enrolled; close: () => void }) {
  const t = useWords()
  const may = useMay()
  const [register, setRegister] = useState<string | null>(null)
  const bind = useCommand('registers.bind-device')
  const { id, version, credential } = device
  const end = async () => {
    try {
      if (register) await bind.mutateAsync({ id, version, register_id: register })
      close()
    } catch (error) {
      tell(error)
    }
  }
  return (
    <Stack>
      <Alert color={credential ? 'orange' : 'red'}>{t(credential ? 'once' : 'lost')}</Alert>
      {credential ? (
        <div>
          <Text size="sm" fw={650}>
            {t('credential')}
          </Text>
          <Group gap="xs" wrap="nowrap">
            <Code className="code" flex={1} p="xs" style={{ overflowWrap: 'anywhere' }} data-credential>
              {credential}
            </Code>
            <CopyButton value={credential}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {t(copied ? 'copied' : 'copy')}
                </Button>
              )}
            </CopyButton>
          </Group>
        </div>
      ) : null}
      {may('registers.bind-device') ? (
        <FreeRegisters label={t('bindNow')} branchId={device.branch_id} value={register} onChange={setRegister} />
      ) : null}
      <Button loading={bind.isPending} onClick={() => void end()}>
        {t('done')}
      </Button>
    </Stack>
  )
}
