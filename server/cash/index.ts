export type { CertificateOf } from './close-session.ts'
export {
  constraints as cashConstraints,
  drawerShort,
  permissions as cashPermissions,
  sessionAlreadyOpen,
  sessionNotFound,
  sessionNotOpen,
} from './contract.ts'
export { cashIn, moveOffline } from './move-cash.ts'
export { bookOfflineSession } from './open-session.ts'
export { cashOperations } from './operations.ts'
export { drawerLine } from './post.ts'
export { endsOfSessions, findOpenSession, findSession, isInSession, type SessionRow } from './queries.ts'
export { type HeldSession, holdSessions } from './record-queries.ts'
export type { SalesReport } from './report-contract.ts'
export { holdSession, openLateSession, readSession } from './sessions.ts'
export { blindCountSetting, payOutLimitSetting, varianceThresholdSetting } from './settings.ts'
