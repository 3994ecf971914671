import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

const goods = 4_000
const customers = 4_000
const linesOfInvoice = 20
const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n'
const minutesOfYear = 365 * 24 * 60

/**
 * Writes a file of invoices as a wholesaler of gifts has them, some twenty lines each: few goods sell fast, three in four customers are
 * known, one invoice in eight takes something back. The same number of invoices gives the same file.
 */
export async function writeInvoiceLines(path: string, invoices: number): Promise<number> {
  let lines = 0
  await pipeline(function* () {
    yield header
    const random = randomFrom(7)
    for (let number = 0; number < invoices; number++) {
      const text = invoiceOf(number, { invoices, random })
      lines += text.length
      yield text.join('')
    }
  }, createWriteStream(path))
  return lines
}

function invoiceOf(
  number: number,
  { invoices, random }: { readonly invoices: number; readonly random: (below: number) => number },
): string[] {
  const isCredit = number % 8 === 7
  const name = `${isCredit ? 'C' : ''}${536_365 + number}`
  const minute = Math.floor((number / invoices) * minutesOfYear)
  const at = new Date(Date.UTC(2024, 0, 1) + minute * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  const customer = number % 4 === 3 && !isCredit ? '' : `${12_000 + random(customers)}`
  const count = isCredit ? 1 + random(6) : 1 + random(2 * linesOfInvoice)
  return Array.from({ length: count }, () => {
    // The product of two says that the first of them sell fast.
    const sold = Math.floor((random(goods) * random(goods)) / goods)
    const quantity = (1 + random(24)) * (isCredit ? -1 : 1)
    const price = ((39 + ((sold * 37) % 1_200)) / 100).toFixed(2)
    return `${name},${20_000 + sold},GIFT NUMBER ${sold} OF MANY,${quantity},${at},${price},${customer},United Kingdom\n`
  })
}

/** Whole numbers that look random and are the same each time. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
}
