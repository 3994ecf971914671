import { type Money, money, type RoundingMode, roundTo, toMinorText } from '../platform/money.ts'

/** How cash is rounded: to multiples of a step in the currency, such as 0.05. */
export interface CashRule {
  readonly step: string
  readonly mode: RoundingMode
}

// The smallest coin that is still struck, or what a law rounds bills in cash to: CH Bundesgesetz über die Währung, art. 2;
// CA Economic Action Plan 2012; AU Royal Australian Mint 1992; NZ Reserve Bank 2006; SE lag 1988:1385; NO Norges Bank 2012;
// DK lov 817/1988; CZ vyhláška 274/2007; HU 2008. évi III. törvény; IL Bank of Israel 2008; MY Bank Negara 2008.
const usualSteps: Readonly<Record<string, string>> = {
  AUD: '0.05',
  CAD: '0.05',
  CHF: '0.05',
  CZK: '1',
  DKK: '0.50',
  HUF: '5',
  ILS: '0.10',
  MYR: '0.05',
  NOK: '1',
  NZD: '0.10',
  SEK: '1',
}

/** To what cash in a currency is rounded where nobody has said so; null where its smallest coin is its minor unit. */
export function usualCashRule(currency: string): CashRule | null {
  const step = usualSteps[currency]
  return step === undefined ? null : { step, mode: 'half_up' }
}

/** An amount as it is paid in cash, with the decimals of the currency; halves and negatives as `RoundingMode` says. */
export function roundCash(amount: string, rule: CashRule | null, minorUnit: number): string {
  return toMinorText(toCash(money(amount), rule), minorUnit)
}

/** The same of an exact amount; as it is where there is no rule. */
export function toCash(amount: Money, rule: CashRule | null): Money {
  if (!rule) return amount
  const step = money(rule.step)
  return roundTo(amount.dividedBy(step), 0, rule.mode).times(step)
}
