import {
  Alert,
  Badge,
  Button,
  Code,
  Group,
  Image,
  Modal,
  Paper,
  PasswordInput,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useEffect, useState } from 'react'
import { type Output, useRead } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { download } from '../ui/csv.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { dateTime } from '../ui/format.ts'
import { Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { useWorkplace } from './session.ts'

const useWords = defineWords('second-factor', {
  title: ['Second factor', 'Second facteur', 'العامل الثاني'],
  about: [
    'A code of an app on your phone, asked for beside your password.',
    'Un code d’une application de votre téléphone, demandé en plus du mot de passe.',
    'رمز من تطبيق على هاتفك يُطلب مع كلمة المرور.',
  ],
  active: [
    'Active since {{since}}, {{left}} backup codes left',
    'Actif depuis le {{since}}, {{left}} codes de secours restants',
    'مفعّل منذ {{since}}، وبقي {{left}} رموز احتياطية',
  ],
  on: ['Active', 'Actif', 'مفعّل'],
  inactive: ['Not active', 'Inactif', 'غير مفعّل'],
  turnOn: ['Turn it on', 'Activer', 'تفعيل'],
  turnOff: ['Turn it off', 'Désactiver', 'تعطيل'],
  newCodes: ['New backup codes', 'Nouveaux codes de secours', 'رموز احتياطية جديدة'],
  password: ['Your password', 'Votre mot de passe', 'كلمة مرورك'],
  code: ['Code of the app', 'Code de l’application', 'رمز التطبيق'],
  scan: [
    'Scan this with your authenticator app, or type the key into it.',
    'Scannez ceci avec votre application, ou saisissez-y la clé.',
    'امسح هذا بتطبيق المصادقة أو أدخل المفتاح فيه.',
  ],
  picture: ['The key as a QR code', 'La clé en code QR', 'المفتاح كرمز QR'],
  codesLead: [
    'Each of these lets you in once when your phone is away. They are not shown again.',
    'Chacun vous laisse entrer une fois quand votre téléphone n’est pas là. Ils ne seront plus affichés.',
    'كل رمز يتيح لك الدخول مرة واحدة عند غياب هاتفك. لن تُعرض مجددًا.',
  ],
  keep: ['Keep as a file', 'Enregistrer dans un fichier', 'حفظ في ملف'],
  continue: ['Continue', 'Continuer', 'متابعة'],
})

type Dialog = 'enrol' | 'disable' | 'replace'
const titles = { enrol: 'turnOn', disable: 'turnOff', replace: 'newCodes' } as const

/** Whether signing in asks for a code, and how that is changed. */
export function SecondFactor() {
  const t = useWords()
  const { tenant } = useWorkplace()
  const { data, error } = useRead('identity.get-second-factor', {})
  const [dialog, setDialog] = useState<Dialog>()
  if (!data) return <Pending error={error} />
  const since = data.active_since ? dateTime(data.active_since, tenant.time_zone) : ''
  return (
    <Paper withBorder p="md" maw={560}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t('title')}
          </Title>
          <Badge variant="light" color={data.active ? 'green' : 'gray'}>
            {t(data.active ? 'on' : 'inactive')}
          </Badge>
        </Group>
        <Text c="dimmed">{data.active ? t('active', { since, left: data.backup_codes_left }) : t('about')}</Text>
        <Group>
          {data.active ? (
            <>
              <Button variant="default" onClick={() => setDialog('replace')}>
                {t('newCodes')}
              </Button>
              <Button variant="light" color="red" onClick={() => setDialog('disable')}>
                {t('turnOff')}
              </Button>
            </>
          ) : (
            <Button onClick={() => setDialog('enrol')}>{t('turnOn')}</Button>
          )}
        </Group>
      </Stack>
      {dialog ? <Steps dialog={dialog} close={() => setDialog(undefined)} /> : null}
    </Paper>
  )
}

function Steps({ dialog, close }: { dialog: Dialog; close: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const [enrolment, setEnrolment] = useState<Output<'identity.enrol-second-factor'>>()
  const [codes, setCodes] = useState<readonly string[]>()
  const title = t(titles[dialog])
  return (
    <Modal
      opened
      onClose={close}
      // What is shown once does not go away by accident.
      closeOnClickOutside={!codes}
      closeOnEscape={!codes}
      title={title}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {codes ? <Codes codes={codes} close={close} /> : null}
      {!codes && dialog === 'enrol' && !enrolment ? <Enrol onDone={setEnrolment} /> : null}
      {!codes && enrolment ? <Confirm enrolment={enrolment} onDone={setCodes} /> : null}
      {!codes && dialog === 'disable' ? <Disable onDone={close} /> : null}
      {!codes && dialog === 'replace' ? <Replace onDone={setCodes} /> : null}
    </Modal>
  )
}

function Enrol({ onDone }: { onDone: (enrolment: Output<'identity.enrol-second-factor'>) => void }) {
  const t = useWords()
  const sending = useCommandForm('identity.enrol-second-factor', {
    values: { password: '' },
    input: (values) => values,
    onDone,
  })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <PasswordInput
          label={t('password')}
          autoComplete="current-password"
          required
          data-autofocus
          {...sending.form.getInputProps('password')}
        />
        <FormEnd of={sending} label={t('continue')} />
      </Stack>
    </form>
  )
}

function Confirm(props: {
  enrolment: Output<'identity.enrol-second-factor'>
  onDone: (codes: readonly string[]) => void
}) {
  const t = useWords()
  const sending = useCommandForm('identity.confirm-second-factor', {
    values: { code: '' },
    input: (values) => values,
    onDone: ({ backup_codes }) => props.onDone(backup_codes),
  })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Text>{t('scan')}</Text>
        <Picture of={props.enrolment.url} />
        <Code block ta="center">
          {props.enrolment.secret}
        </Code>
        <TextInput
          label={t('code')}
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          dir="ltr"
          {...sending.form.getInputProps('code')}
        />
        <FormEnd of={sending} label={t('turnOn')} />
      </Stack>
    </form>
  )
}

/** The key as a QR code, drawn here: it goes nowhere. */
function Picture({ of }: { of: string }) {
  const t = useWords()
  const [source, setSource] = useState<string>()
  useEffect(() => {
    void import('bwip-js/browser').then(({ default: bwip }) => {
      const svg = bwip.toSVG({ bcid: 'qrcode', text: of, scale: 3, backgroundcolor: 'ffffff', padding: 6 })
      setSource(`data:image/svg+xml,${encodeURIComponent(svg)}`)
    })
  }, [of])
  return source ? <Image src={source} alt={t('picture')} w={200} h={200} mx="auto" /> : null
}

function Disable({ onDone }: { onDone: () => void }) {
  const t = useWords()
  const sending = useCommandForm('identity.disable-second-factor', {
    values: { password: '', code: '' },
    input: (values) => values,
    onDone,
  })
  return <PasswordAndCode sending={sending} label={t('turnOff')} color="red" />
}

function Replace({ onDone }: { onDone: (codes: readonly string[]) => void }) {
  const t = useWords()
  const sending = useCommandForm('identity.replace-backup-codes', {
    values: { password: '', code: '' },
    input: (values) => values,
    onDone: ({ backup_codes }) => onDone(backup_codes),
  })
  return <PasswordAndCode sending={sending} label={t('newCodes')} />
}

type Sending = ReturnType<typeof useCommandForm<'identity.disable-second-factor', { password: string; code: string }>>

function PasswordAndCode({ sending, label, color }: { sending: Sending; label: string; color?: string }) {
  const t = useWords()
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <PasswordInput
          label={t('password')}
          autoComplete="current-password"
          required
          data-autofocus
          {...sending.form.getInputProps('password')}
        />
        <TextInput
          label={t('code')}
          autoComplete="one-time-code"
          required
          dir="ltr"
          {...sending.form.getInputProps('code')}
        />
        <FormEnd of={sending} label={label} {...(color ? { color } : {})} />
      </Stack>
    </form>
  )
}

function Codes({ codes, close }: { codes: readonly string[]; close: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  return (
    <Stack>
      <Alert color="yellow">{t('codesLead')}</Alert>
      <SimpleGrid cols={2}>
        {codes.map((code) => (
          <Code key={code} ta="center" className="code">
            {code}
          </Code>
        ))}
      </SimpleGrid>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => download('backup-codes.txt', `${codes.join('\n')}\n`, 'text/plain')}>
          {t('keep')}
        </Button>
        <Button onClick={close}>{common('close')}</Button>
      </Group>
    </Stack>
  )
}
