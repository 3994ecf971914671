import { Box, Paper } from '@mantine/core'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { type Block, layOut } from '../../server/receipts/lay-out.ts'
import type { Receipt } from '../../server/receipts/receipt.ts'
import { words } from '../ui/words.ts'
import './receipt.css'

/** A receipt as it comes out of the printer, on paper of 80 mm. */
export function ReceiptView({ receipt }: { receipt: Receipt }) {
  return (
    <Paper
      withBorder
      p="md"
      mah={420}
      style={{ overflow: 'auto' }}
      tabIndex={0}
      role="region"
      aria-label={receipt.number}
    >
      <Blocks receipt={receipt} />
    </Paper>
  )
}

/** Prints it, alone on the page. */
export function printReceipt(receipt: Receipt): void {
  const sheet = document.createElement('div')
  sheet.className = 'receipt-sheet'
  document.body.append(sheet)
  const root = createRoot(sheet)
  flushSync(() => root.render(<Blocks receipt={receipt} />))
  // Where printing does not wait for the printer, the sheet is needed until it is done.
  const clear = () => {
    root.unmount()
    sheet.remove()
  }
  addEventListener('afterprint', clear, { once: true })
  print()
}

function Blocks({ receipt }: { receipt: Receipt }) {
  const { blocks, direction, language } = layOut(receipt, words.language)
  return (
    <Box className="receipt" dir={direction} lang={language}>
      {blocks.map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a receipt never move
        <Part key={at} block={block} />
      ))}
    </Box>
  )
}

function Part({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      return <p className="receipt-heading">{block.text}</p>
    case 'centred':
      return <p className={block.strong ? 'receipt-centred receipt-strong' : 'receipt-centred'}>{block.text}</p>
    case 'pair':
      return (
        <p className={block.strong ? 'receipt-pair receipt-strong' : 'receipt-pair'}>
          <span>{block.left}</span>
          <span>{block.right}</span>
        </p>
      )
    case 'text':
      return <p>{block.text}</p>
    case 'rule':
      return <hr />
    case 'barcode':
      return <p className="receipt-centred code">{block.text}</p>
  }
}
