export type { Receipt } from './receipt.ts'
export { writeEscpos } from './write-escpos.ts'
export { writeHtml } from './write-html.ts'
