export type { Certificate, CertificateOf } from './close-session.ts'
export {
  constraints as cashConstraints,
  sessionNotFound,
  sessionNotOpen,
  sessionOfOtherRegister,
  type TenderKind,
  tenderKinds,
} from './contract.ts'
export { cashOperations } from './operations.ts'
export { drawerLine, sessionHolder } from './post.ts'
export { findSession, isInSession, type SessionRow } from './queries.ts'
export { type HeldSession, holdSessions } from './record-queries.ts'
export { holdSession, openLateSession } from './sessions.ts'
export { blindCountSetting, varianceThresholdSetting } from './settings.ts'
