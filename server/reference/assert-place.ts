import type { Transaction } from '../platform/database.ts'
import { refuse } from '../platform/refusal.ts'
import { unknownCountry, unknownCurrency } from './contract.ts'
import { findCurrency, hasCountry } from './queries.ts'

/** Refuses a currency that nothing new may be kept in: `unknown_currency`. `now` tells what was withdrawn. */
export async function assertCurrency(scope: Pick<Transaction, 'db'> & { now: Date }, currency: string): Promise<void> {
  const found = (await findCurrency(scope, currency)) ?? refuse(unknownCurrency)
  const today = scope.now.toISOString().slice(0, 10)
  if (found.withdrawn_on !== null && found.withdrawn_on <= today)
    refuse(unknownCurrency, `${found.name} was withdrawn on ${found.withdrawn_on}`)
}

/** Refuses a place where no legal entity can be, or a currency it cannot keep books in. */
export async function assertPlace(
  scope: Parameters<typeof assertCurrency>[0],
  { country, currency }: { country: string; currency: string },
): Promise<void> {
  if (!(await hasCountry(scope, country))) refuse(unknownCountry)
  await assertCurrency(scope, currency)
}
