import type { Output } from '../api.ts'

export type PartyInFull = Output<'parties.get-party'>
export type Role = PartyInFull['roles'][number]['role']

/** What a party can be to us. */
export const roles: readonly Role[] = ['customer', 'supplier', 'vendor', 'retailer']
