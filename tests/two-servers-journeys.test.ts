import { describe } from 'vitest'
import { serveWithTwo } from './harness/two-servers.ts'

// Before any journey starts its server.
serveWithTwo()

describe('on two servers: at the till', () => import('./journeys/till.test.ts').then(() => {}))
describe('on two servers: races at the counter', () => import('./journeys/counter-race.test.ts').then(() => {}))
describe('on two servers: reservations', () => import('./journeys/reservations.test.ts').then(() => {}))
describe('on two servers: a transfer', () => import('./journeys/transfer.test.ts').then(() => {}))
describe('on two servers: stocktaking', () => import('./journeys/stocktaking.test.ts').then(() => {}))
describe('on two servers: what was sold offline', () => import('./journeys/offline-rules.test.ts').then(() => {}))
