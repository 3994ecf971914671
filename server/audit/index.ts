export { makeAuditPartitions } from './jobs.ts'
export { verifyChain } from './verify-chain.ts'
export { writeAudit } from './write-audit.ts'
