export {
  balanceBelowFloor,
  constraints as ledgerConstraints,
  dateOutOfRange,
  periodClosed,
  purposeNotServed,
} from './contract.ts'
export type { NewJournal } from './journal-queries.ts'
export { openBooksOf } from './open-books.ts'
export { ledgerOperations } from './operations.ts'
export {
  assertPosted,
  holdBooksOpen,
  journalsByPurpose,
  type PurposeJournal,
  postByPurpose,
} from './post-by-purpose.ts'
export type { Holder } from './queries.ts'
export { booksRefusals, purposeRefusals } from './refusals.ts'
export { balancesOf, sumsOf } from './report-queries.ts'
export { ledgerReports } from './reports.ts'
export { faultOfBooks, verifyBooks } from './verify-books.ts'
