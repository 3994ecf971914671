import { Button, Group, Paper, TextInput } from '@mantine/core'
import { useRef, useState } from 'react'
import { useCommand } from '../api.ts'
import { type PickedVariant, PickVariant } from '../catalog/pick-variant.tsx'
import { Goods } from '../catalog/variants.tsx'
import { AmountInput } from '../ui/amount-input.tsx'
import { Chosen } from '../ui/chosen.tsx'
import { tellDone } from '../ui/tell.tsx'
import { told } from '../ui/told.tsx'
import { defineWords } from '../ui/words.ts'
import type { Count } from './count-detail.tsx'
import { useCountWords } from './words.ts'

const useWords = defineWords('scan-entry', {
  scan: ['Scan what you count', 'Scannez ce que vous comptez', 'امسح ما تعدّه'],
  enter: ['Enter', 'Saisir', 'أدخل'],
  all: ['All that lies there', 'Tout ce qui s’y trouve', 'كل الموجود هناك'],
  expires: ['Expires', 'Péremption', 'الصلاحية'],
  entered: ['{{goods}}: {{quantity}}', '{{goods}} : {{quantity}}', '{{goods}}: {{quantity}}'],
})

/** Scan, type how many there are, Enter: the next scan can come. */
export function ScanEntry({ count }: { count: Count }) {
  const t = useWords()
  const [picked, setPicked] = useState<PickedVariant>()
  const scan = useRef<HTMLInputElement>(null)
  const end = () => {
    setPicked(undefined)
    setTimeout(() => scan.current?.focus())
  }
  return (
    <Paper withBorder p="md">
      {picked ? (
        <Entry key={picked.variant_id} count={count} picked={picked} onEnd={end} />
      ) : (
        <PickVariant ref={scan} isStockedOnly label={t('scan')} onPick={setPicked} />
      )}
    </Paper>
  )
}

function Entry({ count, picked, onEnd }: { count: Count; picked: PickedVariant; onEnd: () => void }) {
  const t = useWords()
  const words = useCountWords()
  const [values, setValues] = useState({
    quantity: '',
    batch: picked.scanned?.lot ?? '',
    expires: picked.scanned?.expires_on ?? '',
  })
  const enter = useCommand('counts.enter-lines')
  const send = (event: React.FormEvent) => {
    event.preventDefault()
    const { quantity, batch, expires } = values
    const named = batch.trim() ? { batch_number: batch.trim(), ...(expires ? { expires_on: expires } : {}) } : {}
    const onSuccess = () => {
      tellDone(t('entered', { goods: picked.name, quantity }))
      onEnd()
    }
    enter.mutate({ id: count.id, lines: [{ variant_id: picked.variant_id, ...named, quantity }] }, { onSuccess })
  }
  return (
    <form onSubmit={send} onKeyDown={(event) => event.key === 'Escape' && onEnd()}>
      <Group align="flex-end" gap="sm">
        <Chosen onRemove={onEnd}>
          <Goods name={picked.name} sku={picked.sku} />
        </Chosen>
        <AmountInput
          currency=""
          autoFocus
          required
          w={130}
          label={words('quantity')}
          placeholder={t('all')}
          error={enter.error ? told(enter.error) : undefined}
          value={values.quantity}
          onChange={(quantity) => setValues({ ...values, quantity })}
        />
        <TextInput
          w={170}
          label={words('batch')}
          value={values.batch}
          required={picked.is_expiry_tracked}
          onChange={(event) => setValues({ ...values, batch: event.currentTarget.value })}
        />
        {values.batch && picked.is_expiry_tracked ? (
          <TextInput
            type="date"
            label={t('expires')}
            value={values.expires}
            onChange={(event) => setValues({ ...values, expires: event.currentTarget.value })}
          />
        ) : null}
        <Button type="submit" loading={enter.isPending}>
          {t('enter')}
        </Button>
      </Group>
    </form>
  )
}
