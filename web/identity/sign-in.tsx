import {
  Anchor,
  Box,
  Button,
  Center,
  Checkbox,
  Group,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Output } from '../api.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { LanguageMenu } from '../ui/language-menu.tsx'
import { tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { beginSession } from './session.ts'

const useWords = defineWords('sign-in', {
  title: ['Sign in', 'Se connecter', 'تسجيل الدخول'],
  lead: ['To your counter', 'À votre comptoir', 'إلى متجرك'],
  email: ['E-mail address', 'Adresse e-mail', 'البريد الإلكتروني'],
  password: ['Password', 'Mot de passe', 'كلمة المرور'],
  forgotten: ['Forgotten your password?', 'Mot de passe oublié ?', 'نسيت كلمة المرور؟'],
  forgottenLead: [
    'We send you a link with which you set a new one.',
    'Nous vous envoyons un lien pour en choisir un nouveau.',
    'سنرسل إليك رابطًا لتعيين كلمة مرور جديدة.',
  ],
  sendLink: ['Send the link', 'Envoyer le lien', 'إرسال الرابط'],
  linkSent: [
    'If the address has an account, the link is on its way.',
    'Si cette adresse a un compte, le lien est en route.',
    'إذا كان لهذا العنوان حساب فالرابط في الطريق.',
  ],
  back: ['Back', 'Retour', 'رجوع'],
  codeTitle: ['Second factor', 'Second facteur', 'العامل الثاني'],
  code: [
    'Code of your authenticator app, or a backup code',
    'Code de votre application, ou code de secours',
    'رمز تطبيق المصادقة أو رمز احتياطي',
  ],
  trust: [
    'Do not ask on this device for 30 days',
    'Ne plus demander sur cet appareil pendant 30 jours',
    'لا تسأل على هذا الجهاز لمدة 30 يومًا',
  ],
  go: ['Continue', 'Continuer', 'متابعة'],
})

type Step = 'password' | 'forgotten' | { challenge: string }

/** The page for strangers: sign-in, the second factor, and the way back in for who forgot the password. */
export function SignIn() {
  const t = useWords()
  const [step, setStep] = useState<Step>('password')
  const navigate = useNavigate()
  const { to = '/' } = useSearch({ from: '/sign-in' })
  const done = () => {
    beginSession()
    void navigate({ to })
  }
  const title = t(typeof step === 'object' ? 'codeTitle' : 'title')
  return (
    <Center component="main" mih="100vh" p="md">
      <title>{`${title} · Comptoir`}</title>
      <Stack w="100%" maw={400}>
        <Group justify="space-between" align="center">
          <Group gap="sm">
            <img src="/icon.svg" alt="" width={40} height={40} />
            <Text fw={700} size="xl">
              Comptoir
            </Text>
          </Group>
          <LanguageMenu />
        </Group>
        <Paper withBorder p="xl" shadow="sm">
          <Box mb="md">
            <Title order={1} size="h3">
              {title}
            </Title>
            {step === 'password' ? <Text c="dimmed">{t('lead')}</Text> : null}
          </Box>
          {step === 'password' ? <PasswordStep go={setStep} done={done} /> : null}
          {step === 'forgotten' ? <ForgottenStep back={() => setStep('password')} /> : null}
          {typeof step === 'object' ? <CodeStep challenge={step.challenge} done={done} /> : null}
        </Paper>
      </Stack>
    </Center>
  )
}

function PasswordStep({ go, done }: { go: (step: Step) => void; done: () => void }) {
  const t = useWords()
  const onDone = (answer: Output<'identity.sign-in'>) =>
    answer.status === 'signed_in' ? done() : go({ challenge: answer.challenge })
  const sending = useCommandForm('identity.sign-in', {
    values: { email: '', password: '' },
    input: (values) => values,
    onDone,
  })
  const { form } = sending
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput
          label={t('email')}
          type="email"
          autoComplete="username"
          required
          autoFocus
          dir="ltr"
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label={t('password')}
          autoComplete="current-password"
          required
          {...form.getInputProps('password')}
        />
        <FormEnd of={sending} label={t('title')}>
          <Anchor component="button" type="button" size="sm" onClick={() => go('forgotten')}>
            {t('forgotten')}
          </Anchor>
        </FormEnd>
      </Stack>
    </form>
  )
}

function CodeStep({ challenge, done }: { challenge: string; done: () => void }) {
  const t = useWords()
  const sending = useCommandForm('identity.complete-sign-in', {
    values: { code: '', trust_device: false },
    input: (values) => ({ challenge, ...values }),
    onDone: done,
  })
  const { form } = sending
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput
          label={t('code')}
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          autoFocus
          dir="ltr"
          {...form.getInputProps('code')}
        />
        <Checkbox label={t('trust')} {...form.getInputProps('trust_device', { type: 'checkbox' })} />
        <FormEnd of={sending} label={t('go')} />
      </Stack>
    </form>
  )
}

function ForgottenStep({ back }: { back: () => void }) {
  const t = useWords()
  const sending = useCommandForm('identity.request-password-reset', {
    values: { email: '' },
    input: (values) => values,
    onDone: () => {
      tellDone(t('linkSent'))
      back()
    },
  })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Text c="dimmed">{t('forgottenLead')}</Text>
        <TextInput
          label={t('email')}
          type="email"
          autoComplete="username"
          required
          autoFocus
          dir="ltr"
          {...sending.form.getInputProps('email')}
        />
        <FormEnd of={sending} label={t('sendLink')}>
          <Button variant="default" onClick={back}>
            {t('back')}
          </Button>
        </FormEnd>
      </Stack>
    </form>
  )
}
