import { money, toText } from '../platform/money.ts'
import { Refusal, type RefusalKind } from '../platform/refusal.ts'
import { findCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import type { CashRounding } from './cash-rounding.ts'
import { alreadyReversed, paymentNotFound, tenderRefusals } from './contract.ts'
import type { HeldPayments, RecordedPayments } from './payment-queries.ts'
import { cashRoundingModeSetting, cashStepSetting } from './settings.ts'
import type { KnownTender } from './settle-tenders.ts'

/** How cash is rounded in a branch: as the currency usually is, or as was set. Refuses with `setting_invalid`. */
export async function readCashRounding(
  context: Parameters<Settings['read']>[0] & Parameters<typeof findCurrency>[0],
  settings: Settings,
  { branchId, currency }: { branchId: string; currency: string },
): Promise<CashRounding> {
  const set = await settings.read(context, cashStepSetting, { branchId })
  const mode = await settings.read(context, cashRoundingModeSetting, { branchId })
  return cashRoundingOf({ set, mode, usual: (await findCurrency(context, currency))?.cash_step ?? null })
}

/** How cash is rounded, of what is set (null: nothing, "0": not at all) and what is usual for the currency. */
export function cashRoundingOf({
  set,
  mode,
  usual,
}: {
  set: string | null
  mode: CashRounding['mode']
  usual: string | null
}): CashRounding {
  const step = money(set ?? usual ?? '0')
  return { step: step.isZero() ? null : toText(step), mode }
}

/** The tenders that are held, by id, as `settleTenders` takes them. */
export function tendersOf({ tenders }: Pick<HeldPayments, 'tenders'>): ReadonlyMap<string, KnownTender> {
  return new Map(tenders.map((one) => [one.id, one]))
}

/** What is left to give back of a sale, by tender, as `settleTenders` takes it. */
export function leftOf({ paid }: Pick<HeldPayments, 'paid'>, documentId: string): ReadonlyMap<string, string> {
  const rows = paid.filter(({ document_id }) => document_id === documentId)
  return new Map(rows.map(({ tender_id, amount }) => [tender_id, amount]))
}

const kinds: readonly RefusalKind[] = [...tenderRefusals, alreadyReversed, paymentNotFound]

/** What payments.record found wrong, as a refusal; undefined where it recorded. Throws for what no caller should ask. */
export function refusalOfPayments({ code, line, available }: RecordedPayments): Refusal | undefined {
  if (code === null) return undefined
  const kind = kinds.find((one) => one.code === code)
  if (!kind) throw new Error(`payments were not recorded: ${code}`)
  if (available !== null) return new Refusal(kind, `payment ${line ?? 1}: ${available} is left`)
  return new Refusal(kind, line === null ? undefined : `payment ${line}: ${kind.title}`)
}
