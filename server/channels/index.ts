export { channelNotFound, constraints as channelConstraints } from './contract.ts'
export { channelOperations } from './operations.ts'
export { findChannel } from './queries.ts'
