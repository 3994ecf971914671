import { Alert, Button, Group, Modal, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { phonePattern } from '../../server/parties/phone-pattern.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { explain } from '../ui/problem.ts'
import type { AtTill } from './cashier.ts'
import { tillNow } from './clock.ts'
import { addCustomer } from './customers.ts'
import { useDialogWords } from './dialog-words.ts'
import { useTill } from './engine.tsx'
import { useTillWords } from './words.ts'

interface Props {
  readonly cashier: AtTill
  readonly close: () => void
  readonly choose: (customerId: string | undefined) => void
}

/** Finds the customer of a sale, or adds them. */
export function CustomerDialog(props: Props) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const { kept } = useTill()
  const [text, setText] = useState('')
  const [isNew, setNew] = useState(false)
  const found = kept.findCustomers(text, 8)
  return (
    <Modal opened onClose={props.close} title={t('customer')} closeButtonProps={{ 'aria-label': common('close') }}>
      {isNew ? (
        <NewCustomer {...props} name={text} />
      ) : (
        <Stack>
          <TextInput
            aria-label={say('findCustomer')}
            placeholder={say('findCustomer')}
            data-autofocus
            size="md"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && found[0] && props.choose(found[0].id)}
          />
          {found.map(({ id, name, phone }) => (
            <UnstyledButton key={id} p="xs" onClick={() => props.choose(id)}>
              <Text fw={600}>{name}</Text>
              <Text size="sm" c="dimmed" className="code">
                {phone}
              </Text>
            </UnstyledButton>
          ))}
          <Group justify="space-between">
            <Button variant="default" onClick={() => props.choose(undefined)}>
              {t('noCustomer')}
            </Button>
            {props.cashier.permissions.has('parties.manage-parties') ? (
              <Button onClick={() => setNew(true)}>{say('newCustomer')}</Button>
            ) : null}
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

function NewCustomer(props: Props & { name: string }) {
  const t = useDialogWords()
  const common = useCommonWords()
  const { send } = useTill()
  const [name, setName] = useState(props.name)
  const [phone, setPhone] = useState('')
  const [refusal, setRefusal] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const [isTried, setTried] = useState(false)
  const isPhoneWrong = phone.trim() !== '' && !phonePattern.test(phone.trim())
  const go = async () => {
    if (isPhoneWrong) return setTried(true)
    setBusy(true)
    try {
      const id = await addCustomer({ name: name.trim(), phone: phone.trim() }, props.cashier, tillNow())
      void send()
      props.choose(id)
    } catch (error) {
      setRefusal(explain(error))
      setBusy(false)
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <Stack>
        <TextInput
          label={t('name')}
          required
          maxLength={200}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t('phone')}
          type="tel"
          dir="ltr"
          value={phone}
          error={isTried && isPhoneWrong ? t('phoneWrong') : null}
          onChange={(event) => setPhone(event.currentTarget.value)}
        />
        {refusal ? (
          <Alert color="red" role="alert">
            {refusal}
          </Alert>
        ) : null}
        <Group justify="flex-end">
          <Button type="submit" loading={isBusy}>
            {common('add')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
