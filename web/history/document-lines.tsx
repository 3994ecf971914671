import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { variants } from '../catalog/variants.tsx'
import { isZero, money, percent, quantity, unitPrice } from '../ui/format.ts'
import { type Column, List, type Listing } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import type { DocumentInFull } from './document.tsx'
import { useHistoryWords } from './words.ts'

type DocumentLine = Listing<'history.list-lines'>

/** What was sold or came back, line by line, as it was printed. */
export function DocumentLines({ of }: { of: DocumentInFull }) {
  const t = useHistoryWords()
  return (
    <List
      operation="history.list-lines"
      input={{ id: of.id }}
      keyOf={({ line }) => String(line)}
      columns={useColumns(of)}
      label={t('lines')}
      file={`earlier-sale-${of.number}`}
      loadAlong={(lines) => variants.load(lines.map(({ variant_id }) => variant_id))}
      empty={<Empty title={t('noLines')} />}
    />
  )
}

function useColumns({ currency, cost_of_goods }: DocumentInFull): Column<DocumentLine>[] {
  const t = useHistoryWords()
  const cost: Column<DocumentLine> = {
    head: t('cost'),
    isAmount: true,
    cell: (line) => line.cost && money(line.cost, currency),
    text: (line) => line.cost,
  }
  return [
    { head: t('article'), cell: (line) => <Name of={line} />, text: ({ name, sku }) => name ?? sku },
    {
      head: t('quantity'),
      isAmount: true,
      cell: (line) => quantity(line.quantity),
      text: (line) => line.quantity,
    },
    {
      head: t('unitPrice'),
      isAmount: true,
      cell: ({ unit_price, discount }) => (
        <>
          {unitPrice(unit_price, currency)}
          {isZero(discount) ? null : (
            <Text size="xs" c="dimmed">
              {t('discount')} {money(discount, currency)}
            </Text>
          )}
        </>
      ),
      text: ({ unit_price }) => unit_price,
    },
    {
      head: t('rate'),
      isAmount: true,
      cell: ({ tax_rate }) => tax_rate && percent(tax_rate),
      text: ({ tax_rate }) => tax_rate,
    },
    { head: t('net'), isAmount: true, cell: ({ net }) => money(net, currency), text: ({ net }) => net },
    ...(cost_of_goods === null ? [] : [cost]),
    { head: t('total'), isAmount: true, cell: ({ total }) => money(total, currency), text: ({ total }) => total },
  ]
}

/** As it was printed; it leads to the product while that is there. */
function Name({ of: { variant_id, name, sku, role } }: { of: DocumentLine }) {
  const t = useHistoryWords()
  const variant = variants.use(variant_id)
  const id = variant && !variant.is_deleted ? variant.product_id : undefined
  const code = sku ?? variant?.sku
  return (
    <div style={{ whiteSpace: 'normal', minWidth: '11rem' }}>
      <Text
        size="sm"
        c="var(--mantine-color-text)"
        {...(id ? { renderRoot: (props) => <Link to="/products/$id" params={{ id }} {...props} /> } : {})}
      >
        <bdi>{name ?? variant?.name ?? (variant_id ? t('deleted') : t('adjustment'))}</bdi>
      </Text>
      <div>
        {code ? (
          <Text size="xs" c="dimmed" component="span" className="code" me={6}>
            {code}
          </Text>
        ) : null}
        {role === 'sold' || role === 'adjustment' ? null : (
          <Tag tone={role === 'returned' ? 'warn' : 'plain'}>{t(role)}</Tag>
        )}
      </div>
    </div>
  )
}
