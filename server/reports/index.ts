export { catchUpReports } from './jobs.ts'
export { reportOperations } from './operations.ts'
export { findFault as faultOfReports } from './rollup-queries.ts'
