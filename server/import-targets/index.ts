export { importTargets } from './targets.ts'
