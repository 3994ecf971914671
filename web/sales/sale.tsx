import { Alert, Anchor, Badge, Button, Grid, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowBackUp, IconPrinter } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { type Output, useRead } from '../api.ts'
import { sessions } from '../cash/session-numbers.ts'
import { useMay } from '../identity/session.ts'
import { PartyName } from '../parties/party-name.tsx'
import { useRegisters } from '../registers/use-registers.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, isZero, money } from '../ui/format.ts'
import { makeLookUp } from '../ui/look-up.ts'
import { Page, Pending } from '../ui/page.tsx'
import { Line, Part } from '../ui/part.tsx'
import { tellDone } from '../ui/tell.tsx'
import { PrintReceipt } from './print-receipt.tsx'
import { RefundForm } from './refund-form.tsx'
import type { SaleInFull } from './sale-in-full.ts'
import { SaleLines } from './sale-lines.tsx'
import { SaleMarks } from './sales.tsx'
import { useSaleWords } from './words.ts'

/** Receipts by their ids. */
const sales = makeLookUp('sales.look-up-sales')

/** One receipt: what was sold or came back, how it was paid, and what followed. */
export function Sale() {
  const { id } = useParams({ strict: false })
  const { data, error } = useRead('sales.get-sale', { id: id ?? '' })
  if (!data) return <Pending error={error} />
  return <Known key={data.id} sale={data} />
}

function Known({ sale }: { sale: SaleInFull }) {
  const t = useSaleWords()
  const { zoneOf } = useBranchOf()
  const about = `${t(sale.kind)} · ${dateTime(sale.made_at, zoneOf(sale.branch_id))}`
  return (
    <Page title={sale.number} about={about} actions={<Steps sale={sale} />}>
      {sale.validation_notes ? (
        <Alert color="yellow" title={t('raised')}>
          {sale.validation_notes}
        </Alert>
      ) : null}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <SaleLines sale={sale} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack>
            <Facts sale={sale} />
            <Payments sale={sale} />
            <Profit sale={sale} />
            <Followed sale={sale} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  )
}

function Steps({ sale }: { sale: SaleInFull }) {
  const t = useSaleWords()
  const common = useCommonWords()
  const may = useMay()
  const [isPrinting, printing] = useDisclosure()
  const [isRefunding, refunding] = useDisclosure()
  const canRefund = sale.kind !== 'refund' && sale.status !== 'refunded' && may('sales.refund')
  const done = ({ number, total, currency }: Output<'sales.refund'>) => {
    refunding.close()
    tellDone(t('refundDone', { number, amount: money(total.replace('-', ''), currency) }))
  }
  return (
    <>
      <SaleMarks sale={sale} />
      {may('sales.print-receipt') ? (
        <Button variant="default" leftSection={<IconPrinter size={16} />} onClick={printing.open}>
          {t(sale.printed === 0 ? 'print' : 'printCopy')}
        </Button>
      ) : null}
      {canRefund ? (
        <Button leftSection={<IconArrowBackUp size={16} className="turns" />} onClick={refunding.open}>
          {t('takeBack')}
        </Button>
      ) : null}
      {isPrinting ? <PrintReceipt sale={sale} close={printing.close} /> : null}
      <Modal
        opened={isRefunding}
        onClose={refunding.close}
        title={t('refundTitle', { number: sale.number })}
        size="xl"
        closeButtonProps={{ 'aria-label': common('close') }}
      >
        <RefundForm sale={sale} onDone={done} onCancel={refunding.close} />
      </Modal>
    </>
  )
}

function Facts({ sale }: { sale: SaleInFull }) {
  const t = useSaleWords()
  const { branchName } = useBranchOf()
  const nameOf = useEmployeeName()
  const register = useRegisters().registerName(sale.register_id)
  const session = sessions.use(sale.session_id)
  const branch = branchName(sale.branch_id)
  return (
    <Part title={t('facts')}>
      {branch ? <Line label={t('branch')}>{branch}</Line> : null}
      {register ? (
        <Line label={t('register')}>
          {register}
          {session ? ` · ${t('session', { number: session.number })}` : null}
        </Line>
      ) : null}
      {sale.employee_id ? <Line label={t('cashier')}>{nameOf(sale.employee_id)}</Line> : null}
      {sale.customer_id ? (
        <Line label={t('customer')}>
          <Anchor
            size="sm"
            renderRoot={(props) => <Link to="/parties/$id" params={{ id: sale.customer_id ?? '' }} {...props} />}
          >
            <PartyName id={sale.customer_id} />
          </Anchor>
        </Line>
      ) : null}
      {sale.original_id ? (
        <Line label={t('original')}>
          <SaleLink id={sale.original_id} />
        </Line>
      ) : null}
      {sale.note ? <Line label={t('note')}>{sale.note}</Line> : null}
      <Line label={t('receipt')}>{sale.printed === 0 ? t('notPrinted') : t('printed', { count: sale.printed })}</Line>
    </Part>
  )
}

function SaleLink({ id }: { id: string }) {
  const found = sales.use(id)
  return (
    <Anchor size="sm" className="code" renderRoot={(props) => <Link to="/sales/$id" params={{ id }} {...props} />}>
      {found?.number ?? '…'}
    </Anchor>
  )
}

function Payments({ sale }: { sale: SaleInFull }) {
  const t = useSaleWords()
  return (
    <Part title={t('payments')}>
      {sale.payments.map(({ id, name, amount, reference, is_standing, kind }) => (
        <Line
          key={id}
          label={
            <Group gap={6}>
              {kind === 'change' ? `${t('change')} · ${name}` : name}
              {reference ? <span className="code">{reference}</span> : null}
              {is_standing ? null : (
                <Badge size="xs" variant="light" color="gray" tt="none">
                  {t('corrected')}
                </Badge>
              )}
            </Group>
          }
        >
          <Text span size="sm" className="amount" {...(is_standing ? {} : { td: 'line-through' as const })}>
            {money(amount, sale.currency)}
          </Text>
        </Line>
      ))}
    </Part>
  )
}

/** Shown to those who may see costs; the server tells nobody else. */
function Profit({ sale }: { sale: SaleInFull }) {
  const t = useSaleWords()
  if (sale.cost === null || sale.profit === null) return null
  const isBare = isZero(sale.platform_fees)
  return (
    <Part title={t('profit')}>
      <Line label={t('net')}>{money(sale.net, sale.currency)}</Line>
      <Line label={t('cost')}>{money(sale.cost, sale.currency)}</Line>
      {isBare ? null : <Line label={t('fees')}>{money(sale.platform_fees, sale.currency)}</Line>}
      <Line label={t('profit')} isStrong>
        {money(sale.profit, sale.currency)}
      </Line>
    </Part>
  )
}

function Followed({ sale }: { sale: SaleInFull }) {
  const t = useSaleWords()
  const { zoneOf } = useBranchOf()
  if (sale.returns.length === 0) return null
  return (
    <Part title={t('followed')}>
      {sale.returns.map(({ id, kind, number, total, made_at }) => (
        <Line
          key={id}
          label={
            <>
              <Anchor
                size="sm"
                className="code"
                renderRoot={(props) => <Link to="/sales/$id" params={{ id }} {...props} />}
              >
                {number}
              </Anchor>
              <Text size="xs" c="dimmed">
                {t(kind)} · {dateTime(made_at, zoneOf(sale.branch_id))}
              </Text>
            </>
          }
        >
          {money(total, sale.currency)}
        </Line>
      ))}
    </Part>
  )
}
