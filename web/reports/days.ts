/** A day so many days after another. */
export function plusDays(from: string, days: number): string {
  return new Date(Date.parse(`${from}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The first and the last day of a period that ends today or before, as the server takes it. */
export function daysOf(period: string, today: string): { from: string; until: string } {
  const [month, year] = [`${today.slice(0, 7)}-01`, `${today.slice(0, 4)}-01-01`]
  const [before, yearBefore] = [plusDays(month, -1), plusDays(year, -1)]
  const known: Readonly<Record<string, readonly [string, string]>> = {
    yesterday: [plusDays(today, -1), plusDays(today, -1)],
    last_7_days: [plusDays(today, -6), today],
    last_30_days: [plusDays(today, -29), today],
    this_month: [month, today],
    last_month: [`${before.slice(0, 7)}-01`, before],
    this_year: [year, today],
    last_year: [`${yearBefore.slice(0, 4)}-01-01`, yearBefore],
  }
  const [from, until] = known[period] ?? [today, today]
  return { from, until }
}
