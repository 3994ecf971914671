import type { TestOwner } from './server.ts'

const asked = [
  'run-report',
  'drill-figure',
  'export-report',
  'save-report',
  'list-saved-reports',
  'change-saved-report',
]

/** What asks for a report: one that is there without any sale. */
export const reportHints: Readonly<Record<string, () => unknown>> = {
  ...Object.fromEntries(
    asked.flatMap((name): [string, () => unknown][] => [
      [`reports.${name} report`, () => 'sales-by-month'],
      [`reports.${name} parameters`, () => ({})],
    ]),
  ),
  'reports.drill-figure key': () => Buffer.from('["2026-01","EUR"]').toString('base64url'),
  'reports.drill-figure figure': () => 'sales',
  // Who may read a report saves it for themselves.
  'reports.save-report is_shared': () => false,
  'reports.change-saved-report is_shared': () => undefined,
}

/** Saved reports that others see. */
export function reportMakers({ client }: TestOwner): Record<string, () => Promise<Record<string, unknown>>> {
  const shared = { report: 'sales-by-month', name: 'For all', is_shared: true }
  const saved = () => client.call('reports.save-report', shared)
  return { 'reports.change-saved-report': saved, 'reports.remove-saved-report': saved }
}
