import { Badge, Box, Divider, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { variants } from '../catalog/variants.tsx'
import { batches } from '../inventory/batches.tsx'
import { day, isZero, money, percent, quantity, unitPrice } from '../ui/format.ts'
import { Line } from '../ui/part.tsx'
import type { SaleInFull } from './sale-in-full.ts'
import { useSaleWords } from './words.ts'

type SoldLine = SaleInFull['lines'][number]

/** What was sold or came back, line by line, down to the total. */
export function SaleLines({ sale }: { sale: SaleInFull }) {
  const t = useSaleWords()
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        {t('lines')}
      </Title>
      <Table.ScrollContainer minWidth={520}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('article')}</Table.Th>
              <Table.Th className="amount">{t('quantity')}</Table.Th>
              <Table.Th className="amount">{t('unitPrice')}</Table.Th>
              <Table.Th className="amount">{t('amount')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sale.lines.map((line) => (
              <Row key={line.line} line={line} sale={sale} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Divider my="sm" />
      <Totals sale={sale} />
    </Paper>
  )
}

function Row({ line, sale }: { line: SoldLine; sale: SaleInFull }) {
  const t = useSaleWords()
  const { currency } = sale
  const amount = sale.is_price_with_tax ? line.total : line.net
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td>
        <Name line={line} />
        {line.allocations.map(({ batch_id, quantity: count }) =>
          batch_id ? (
            <Batch key={batch_id} id={batch_id} count={line.allocations.length > 1 ? count : undefined} />
          ) : null,
        )}
        {line.prescription ? (
          <Text size="xs" c="dimmed">
            {line.prescription}
          </Text>
        ) : null}
        <Marks line={line} />
      </Table.Td>
      <Table.Td className="amount">
        {quantity(line.quantity)}
        <Text size="xs" c="dimmed">
          {line.unit_code}
        </Text>
      </Table.Td>
      <Table.Td className="amount">
        {unitPrice(line.unit_price, currency)}
        {line.list_price && line.list_price !== line.unit_price ? (
          <Text size="xs" c="dimmed">
            {t('listPrice', { price: unitPrice(line.list_price, currency) })}
          </Text>
        ) : null}
        {line.price_reason ? (
          <Text size="xs" c="dimmed">
            {line.price_reason}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td className="amount">
        {money(amount, currency)}
        {isZero(line.discount) ? null : (
          <Text size="xs" c="dimmed">
            {t('discount')} {money(line.discount, currency)}
            {line.discount_reason ? ` · ${line.discount_reason}` : ''}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  )
}

/** A line leads to its product while it is there. */
function Name({ line }: { line: SoldLine }) {
  const variant = variants.use(line.variant_id)
  const id = variant && !variant.is_deleted ? variant.product_id : undefined
  return (
    <Box>
      <Text
        size="sm"
        fw={500}
        c="var(--mantine-color-text)"
        {...(id ? { renderRoot: (props) => <Link to="/products/$id" params={{ id }} {...props} /> } : {})}
      >
        {line.name}
      </Text>
      <Text size="xs" c="dimmed">
        <span className="code">{line.sku ?? line.barcode}</span>
      </Text>
    </Box>
  )
}

/** The batch that goods left from or came back to. */
function Batch({ id, count }: { id: string; count: string | undefined }) {
  const t = useSaleWords()
  const batch = batches.use(id)
  if (!batch) return null
  const { number, expires_on } = batch
  return (
    <Text size="xs" c="dimmed">
      {expires_on ? t('batch', { number, day: day(expires_on) }) : t('batchOnly', { number })}
      {count ? ` × ${quantity(count)}` : ''}
    </Text>
  )
}

const restocks = { shelf: 'cameBack', quarantine: 'quarantined', none: 'notBack' } as const

function Marks({ line }: { line: SoldLine }) {
  const t = useSaleWords()
  return (
    <>
      {isZero(line.returned) ? null : (
        <Badge variant="light" color="orange" tt="none">
          {t('returned', { quantity: quantity(line.returned) })}
        </Badge>
      )}
      {line.restock ? (
        <Badge variant="light" color={line.restock === 'shelf' ? 'blue' : 'orange'} tt="none">
          {t(restocks[line.restock])}
        </Badge>
      ) : null}
    </>
  )
}

function Totals({ sale }: { sale: SaleInFull }) {
  const t = useSaleWords()
  const { currency } = sale
  return (
    <Stack gap={4} maw={420} ms="auto">
      {isZero(sale.discount) ? null : <Line label={t('discount')}>{money(sale.discount, currency)}</Line>}
      <Line label={t('net')}>{money(sale.net, currency)}</Line>
      {sale.taxes.map(({ jurisdiction_code, name, rate, base: taxed, tax }) => (
        <Line
          key={`${jurisdiction_code} ${name} ${rate}`}
          label={t('taxLine', { name, rate: percent(rate), base: money(taxed, currency) })}
        >
          {money(tax, currency)}
        </Line>
      ))}
      {isZero(sale.rounding) ? null : <Line label={t('rounding')}>{money(sale.rounding, currency)}</Line>}
      <Text component="div" size="lg">
        <Line label={t('total')} isStrong>
          {money(sale.total, currency)}
        </Line>
      </Text>
      {sale.base_currency !== currency && sale.base_total ? (
        <Line label={sale.base_currency}>{money(sale.base_total, sale.base_currency)}</Line>
      ) : null}
    </Stack>
  )
}
