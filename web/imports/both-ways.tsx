import { Alert, Radio, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconHelp } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { day, quantity } from '../ui/format.ts'
import { defineWords } from '../ui/words.ts'
import type { Import } from './use-import.ts'

// biome-ignore format: a phrase a line
const useWords = defineWords('import-conventions', {
  decimal: ['Decimal sign of numbers', 'Signe décimal des nombres', 'العلامة العشرية للأرقام'],
  '.': ['Point: 1,234.50', 'Point : 1,234.50', 'نقطة: 1,234.50'],
  ',': ['Comma: 1.234,50', 'Virgule : 1.234,50', 'فاصلة: 1.234,50'],
  date_order: ['How days are written', 'Comment les dates sont écrites', 'كيف تُكتب التواريخ'],
  ymd: ['Year, month, day: 2026-03-27', 'Année, mois, jour : 2026-03-27', 'سنة، شهر، يوم: 2026-03-27'],
  dmy: ['Day, month, year: 27/03/2026', 'Jour, mois, année : 27/03/2026', 'يوم، شهر، سنة: 27/03/2026'],
  mdy: ['Month, day, year: 03/27/2026', 'Mois, jour, année : 03/27/2026', 'شهر، يوم، سنة: 03/27/2026'],
  asked: ['“{{column}}” may be read both ways. Which is right?', '« {{column}} » se lit de deux façons. Laquelle est la bonne ?', 'يمكن قراءة «{{column}}» بطريقتين. أيهما الصحيحة؟'],
  means: ['{{text}} is {{value}}', '{{text}} vaut {{value}}', '{{text}} تعني {{value}}'],
})

type Conventions = Import['conventions']
type Ask = Import['questions'][number]['ask']

interface Props {
  readonly of: Import
  readonly conventions: Conventions
  readonly set: (more: Conventions) => void
}

/** How numbers and days are written. What may be read both ways is asked, and shown both ways. */
export function BothWays({ of, conventions, set }: Props) {
  const t = useWords()
  const asked = (ask: Ask) => {
    const column = of.questions.find((one) => one.ask === ask)?.column
    return of.columns.find(({ name }) => name === column)
  }
  const [number, date] = [asked('decimal'), asked('date_order')]
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Asked column={number?.name}>
        <Radio.Group
          label={t('decimal')}
          value={conventions.decimal ?? ''}
          onChange={(decimal) => set({ decimal: decimal as '.' | ',' })}
        >
          <Stack gap={6} mt={6}>
            {(['.', ','] as const).map((value) => (
              <Radio
                key={value}
                value={value}
                label={t(value)}
                description={<Means samples={number?.samples} read={(text) => numberOf(text, value)} />}
              />
            ))}
          </Stack>
        </Radio.Group>
      </Asked>
      <Asked column={date?.name}>
        <Radio.Group
          label={t('date_order')}
          value={conventions.date_order ?? ''}
          onChange={(order) => set({ date_order: order as 'ymd' | 'dmy' | 'mdy' })}
        >
          <Stack gap={6} mt={6}>
            {(['ymd', 'dmy', 'mdy'] as const).map((value) => (
              <Radio
                key={value}
                value={value}
                label={t(value)}
                description={<Means samples={date?.samples} read={(text) => dayOf(text, value)} />}
              />
            ))}
          </Stack>
        </Radio.Group>
      </Asked>
    </SimpleGrid>
  )
}

function Asked({ column, children }: { column: string | undefined; children: ReactNode }) {
  const t = useWords()
  if (column === undefined) return children
  return (
    <Alert
      color="yellow"
      icon={<IconHelp size={18} />}
      title={t('asked', { column })}
      variant="light"
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      {children}
    </Alert>
  )
}

/** A value of the file, and what it would be. */
function Means({
  samples,
  read,
}: {
  samples: readonly string[] | undefined
  read: (text: string) => string | undefined
}) {
  const t = useWords()
  const found = samples?.flatMap((text) => {
    const value = read(text)
    return value === undefined ? [] : [{ text, value }]
  })
  const [first] = found ?? []
  if (!first) return null
  return (
    <Text size="xs" c="var(--mantine-color-text)" component="span">
      {t('means', { text: `\u2068${first.text}\u2069`, value: `\u2068${first.value}\u2069` })}
    </Text>
  )
}

function numberOf(text: string, decimal: '.' | ','): string | undefined {
  const digits = text.replace(decimal === '.' ? /[,\s]/g : /[.\s]/g, '').replace(',', '.')
  // Of a thousand its digits alone: the comma that may divide them is what is asked about.
  if (/^-?\d+$/.test(digits)) return digits
  return /^-?\d+\.\d+$/.test(digits) ? quantity(digits) : undefined
}

function dayOf(text: string, order: 'ymd' | 'dmy' | 'mdy'): string | undefined {
  const parts = /^(\d{1,4})\D(\d{1,2})\D(\d{1,4})/.exec(text)?.slice(1) ?? []
  const at = (letter: string) => (parts[order.indexOf(letter)] ?? '').padStart(2, '0')
  const iso = `${at('y')}-${at('m')}-${at('d')}`
  return /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(iso) ? day(iso) : undefined
}
