import { Button } from '@mantine/core'
import { IconCashRegister } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('back-to-till', {
  back: ['Back to the till', 'Retour à la caisse', 'العودة إلى نقطة البيع'],
})

/** Where this browser is a till: the way back to it. */
export function BackToTill() {
  const t = useWords()
  const { data: isTill } = useQuery({ queryKey: ['till', 'is-till'], queryFn: askIsTill })
  if (!isTill) return null
  return (
    <Button
      variant="default"
      leftSection={<IconCashRegister size={16} />}
      renderRoot={(props) => <Link to="/till" {...props} />}
    >
      {t('back')}
    </Button>
  )
}

async function askIsTill(): Promise<boolean> {
  const { readFact } = await import('../till/store.ts')
  return (await readFact('device')) !== undefined
}
