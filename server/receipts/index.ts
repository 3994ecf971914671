export type { Receipt, ReceiptLine } from './receipt.ts'
export { writeEscpos } from './write-escpos.ts'
export { writeHtml } from './write-html.ts'
