import { describe } from 'vitest'
import { serveWithTwo } from './harness/two-servers.ts'

// Before any journey starts its server.
serveWithTwo()

// All but offline.test.ts, which starts and kills processes of its own, one after the other.
describe('on two servers: accounts', () => import('./journeys/account.test.ts').then(() => {}))
describe('on two servers: a business', () => import('./journeys/business.test.ts').then(() => {}))
describe('on two servers: the first day', () => import('./journeys/first-day.test.ts').then(() => {}))
describe('on two servers: people and places', () => import('./journeys/people-and-places.test.ts').then(() => {}))
describe('on two servers: who works in a part', () => import('./journeys/scope.test.ts').then(() => {}))
describe('on two servers: at the till', () => import('./journeys/till.test.ts').then(() => {}))
describe('on two servers: races at the counter', () => import('./journeys/counter-race.test.ts').then(() => {}))
describe('on two servers: reservations', () => import('./journeys/reservations.test.ts').then(() => {}))
describe('on two servers: a transfer', () => import('./journeys/transfer.test.ts').then(() => {}))
describe('on two servers: stocktaking', () => import('./journeys/stocktaking.test.ts').then(() => {}))
describe('on two servers: quarantine', () => import('./journeys/quarantine.test.ts').then(() => {}))
describe('on two servers: a recall', () => import('./journeys/recall.test.ts').then(() => {}))
describe('on two servers: what was sold offline', () => import('./journeys/offline-rules.test.ts').then(() => {}))
