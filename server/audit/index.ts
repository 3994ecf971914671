export { makeAuditPartitions } from './jobs.ts'
export { type ChainVerdict, verifyChain } from './verify-chain.ts'
export { writeAudit } from './write-audit.ts'
