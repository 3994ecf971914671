import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMay } from '../identity/session.ts'

interface Document {
  readonly document_type: string
  readonly document_id: string
  readonly document_number: string | null
}

/** The number of what moved goods, which leads to it where there is a page of it. */
export function DocumentLink({ of }: { of: Document }) {
  const may = useMay()
  const text = of.document_number
  const place = placeOf(of, may)
  if (!place) {
    return (
      <Text size="sm" component="span" className="code">
        {text}
      </Text>
    )
  }
  return (
    <Anchor
      size="sm"
      className="code"
      onClick={(event) => event.stopPropagation()}
      renderRoot={(props) => <Link to={place} {...props} />}
    >
      {text ?? '…'}
    </Anchor>
  )
}

function placeOf({ document_type, document_id }: Document, may: ReturnType<typeof useMay>): string | undefined {
  if (document_type === 'transfer' && may('transfers.get-transfer')) return `/transfers/${document_id}`
  if (document_type === 'stock_count' && may('counts.get-count')) return `/counts/${document_id}`
  if (['sale', 'refund', 'exchange'].includes(document_type) && may('sales.get-sale')) return `/sales/${document_id}`
  return undefined
}
