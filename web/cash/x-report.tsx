import { Button, Paper, Stack, Text } from '@mantine/core'
import { IconPrinter } from '@tabler/icons-react'
import { Fragment, type ReactNode } from 'react'
import { type Output, useRead } from '../api.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, isZero, money, percent } from '../ui/format.ts'
import { Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { type CashWord, useCashWords } from './words.ts'
import './slip.css'

const useWords = defineWords('x-report', {
  title: ['Report (X) {{number}}', 'Rapport (X) {{number}}', 'تقرير (X) {{number}}'],
  at: ['As of', 'Au', 'بتاريخ'],
  receipts: ['Sales', 'Ventes', 'المبيعات'],
  numbers: ['Receipts', 'Tickets', 'الإيصالات'],
  net: ['Net', 'Hors taxes', 'الصافي دون ضريبة'],
  tax: ['Tax', 'Taxes', 'الضرائب'],
  discount: ['Discounts', 'Remises', 'الخصومات'],
  gross: ['Gross', 'Brut', 'الإجمالي'],
  rounding: ['Rounding of cash', 'Arrondi des espèces', 'تقريب النقد'],
  voids: ['Baskets given up', 'Paniers abandonnés', 'سلال ملغاة'],
  drawer: ['In the drawer', 'Dans le tiroir', 'في الدرج'],
})

type Report = Output<'cash.get-x-report'>

/** How a session stands, as wide as a roll of paper; it prints on 80 mm. */
export function XReport({ id }: { id: string }) {
  const common = useCommonWords()
  const { data, error, refetch } = useRead('cash.get-x-report', { id }, { staleTime: 0 })
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  return (
    <Stack align="center">
      <Button leftSection={<IconPrinter size={18} />} onClick={() => window.print()}>
        {common('print')}
      </Button>
      <Paper withBorder shadow="sm" p="md" className="slip">
        <Slip report={data} />
      </Paper>
    </Stack>
  )
}

function Slip({ report }: { report: Report }) {
  const t = useWords()
  const cash = useCashWords()
  const nameOf = useEmployeeName()
  const { zoneOf } = useBranchOf()
  const { session, tenders, movements, branch_name } = report
  const { currency } = session
  const zone = zoneOf(session.branch_id)
  return (
    <>
      <Text fw={700} ta="center">
        {t('title', { number: session.number })}
      </Text>
      <Text size="sm" ta="center">
        {[branch_name, `${report.register_code} ${report.register_name}`].filter(Boolean).join(' · ')}
      </Text>
      <Lines>
        <Line name={cash('opened')}>{dateTime(session.opened_at, zone)}</Line>
        <Line name={cash('openedBy')}>{nameOf(session.opened_by)}</Line>
        <Line name={t('at')}>{dateTime(report.at, zone)}</Line>
      </Lines>
      <Sold report={report} />
      <Lines title={t('drawer')}>
        {tenders.map((line) => (
          <Fragment key={line.tender_kind}>
            <Line name={cash(line.tender_kind)} isStrong>
              {money(line.expected, currency)}
            </Line>
            {line.movements.map(({ document_type: type, entries, received, given }) => (
              <Line key={type} name={`${cash(type as CashWord)} × ${entries}`} isInner>
                {isZero(received) ? '' : money(received, currency)} {isZero(given) ? '' : money(`-${given}`, currency)}
              </Line>
            ))}
          </Fragment>
        ))}
        <Line name={cash('expected')} isStrong>
          {money(report.expected, currency)}
        </Line>
      </Lines>
      {movements.length > 0 ? (
        <Lines title={cash('inAndOut')}>
          {movements.map(({ id, kind, reason, amount }) => (
            <Line key={id} name={`${cash(kind)}: ${reason}`}>
              {money(kind === 'pay_in' ? amount : `-${amount}`, currency)}
            </Line>
          ))}
        </Lines>
      ) : null}
    </>
  )
}

function Sold({ report }: { report: Report }) {
  const t = useWords()
  const cash = useCashWords()
  const nameOf = useEmployeeName()
  const { sales, session } = report
  const { currency } = session
  const counted = [
    ['sale', sales.sales],
    ['refund', sales.refunds],
    ['exchange', sales.exchanges],
    ['offlineSales', report.offline_transaction_count],
  ] as const
  const amounts = ['gross', 'discount', 'net', 'tax'] as const
  return (
    <Lines title={t('receipts')}>
      {counted
        .filter(([key, many]) => key === 'sale' || many > 0)
        .map(([key, many]) => (
          <Line key={key} name={cash(key)}>
            {many}
          </Line>
        ))}
      {sales.first_number === null ? null : (
        <Line name={t('numbers')}>
          <span className="code">{`${sales.first_number} – ${sales.last_number}`}</span>
        </Line>
      )}
      {amounts.map((key) => (
        <Line key={key} name={t(key)}>
          {money(sales[key], currency)}
        </Line>
      ))}
      {sales.taxes.map(({ name, rate, tax }) => (
        <Line key={`${name} ${rate}`} name={`${name} ${percent(rate)}`} isInner>
          {money(tax, currency)}
        </Line>
      ))}
      <Line name={cash('total')} isStrong>
        {money(sales.total, currency)}
      </Line>
      {isZero(sales.rounding) ? null : <Line name={t('rounding')}>{money(sales.rounding, currency)}</Line>}
      {sales.cashiers.map(({ employee_id, receipts, total }) => (
        <Line key={employee_id} name={`${nameOf(employee_id)} × ${receipts}`} isInner>
          {money(total, currency)}
        </Line>
      ))}
      {sales.voids.baskets > 0 ? (
        <Line name={`${t('voids')} × ${sales.voids.baskets}`}>{money(sales.voids.total, currency)}</Line>
      ) : null}
    </Lines>
  )
}

function Lines({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <section className="slip-part">
      {title ? <Text fw={650}>{title}</Text> : null}
      <dl>{children}</dl>
    </section>
  )
}

function Line(props: { name: string; children: ReactNode; isStrong?: boolean; isInner?: boolean }) {
  return (
    <Text component="div" size="sm" fw={props.isStrong ? 700 : 400} {...(props.isInner ? { c: 'dimmed' } : {})}>
      <dt>{props.name}</dt>
      <dd className="amount">{props.children}</dd>
    </Text>
  )
}
