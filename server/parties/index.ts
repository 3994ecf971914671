export { constraints as partyConstraints } from './contract.ts'
export { partyOperations } from './operations.ts'
