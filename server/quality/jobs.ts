import { z } from 'zod'
import { type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { addJobs, type JobContext, job, queuedJob } from '../platform/jobs.ts'
import { later } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import { findTenant } from '../tenants/index.ts'
import { isDue } from './is-due.ts'
import { judgeRules } from './judge-rules.ts'
import { readRules } from './queries.ts'
import { findRun, giveUpRun, insertRun, purgeRows, recordRun, rulesOfRun, scheduledRules } from './run-queries.ts'
import { judgeRunJobName } from './run-rules.ts'
import { failingRowsDaysSetting } from './settings.ts'

const purgedAtOnce = 5_000
const dayMs = 86_400_000

interface Parts {
  readonly settings: Settings
  /** Lists the tenants as the jobs role. */
  readonly allTenants: (pool: Databases['jobs']) => Promise<string[]>
  readonly writeAudit: AuditWriter
}

/** The background work of this module: what judges a run, what asks for those that are due, and what removes old failing rows. */
export function qualityJobs(parts: Parts) {
  return [judgeRunJob(parts), queueRunsJob(parts), purgeRowsJob(parts)]
}

/** Judges the rules of one run and ends it. A run that was ended is left as it is, so that it may be tried again. */
function judgeRunJob({ writeAudit }: Pick<Parts, 'writeAudit'>) {
  return job({
    name: judgeRunJobName,
    payload: z.object({ tenant_id: z.uuid(), run_id: z.uuid() }),
    async handle(context, { tenant_id: tenantId, run_id: runId }) {
      const { databases, inTenant, lastAttempt } = context
      const rules = await inTenant(tenantId, async (tx) => {
        const scope = { ...tx, tenantId }
        const run = await findRun(scope, runId)
        return run?.status === 'queued' ? readRules(scope, await rulesOfRun(scope, runId)) : undefined
      })
      if (!rules) return
      try {
        const judged = await judgeRules(databases.read, { tenantId, rules })
        await inTenant(tenantId, async (tx) => {
          if (!(await recordRun({ ...tx, tenantId }, { run_id: runId, ...judged }))) return
          await writeAudit(tx, tenantId, [await entryOf(context, { ...tx, tenantId }, runId)])
        })
      } catch (error) {
        if (lastAttempt) await inTenant(tenantId, (tx) => giveUpRun({ ...tx, tenantId }, runId))
        throw error
      }
    },
  })
}

/** Tells the chain, and by it whoever listens, what a run found; a rule that fails is a warning. */
async function entryOf({ environment }: JobContext, scope: Parameters<typeof findRun>[0], runId: string) {
  const run = await findRun(scope, runId)
  const isAlarming = run !== undefined && run.rules_failed + run.rules_broken > 0
  return systemEntry({
    event: 'quality.run-rules',
    severity: isAlarming ? 'warning' : 'info',
    environment,
    resource_type: 'quality_run',
    resource_id: runId,
    new_values: {
      rules_passed: run?.rules_passed ?? 0,
      rules_warned: run?.rules_warned ?? 0,
      rules_failed: run?.rules_failed ?? 0,
      rules_broken: run?.rules_broken ?? 0,
      rows_failed: run?.rows_failed ?? '0',
    },
  })
}

/**
 * Every hour, asks for a run of the rules whose time has come, one a tenant. A rule that was missed is judged once, when the server is
 * there again.
 */
function queueRunsJob({ allTenants }: Parts) {
  return job({
    name: 'quality.queue-runs',
    payload: z.unknown(),
    cron: '5 * * * *',
    skipsMissed: true,
    async handle({ databases, inTenant, now }) {
      for (const tenantId of await allTenants(databases.jobs)) {
        await inTenant(tenantId, async (tx) => {
          const scope = { ...tx, tenantId }
          const rules = await scheduledRules(scope)
          if (rules.length === 0) return
          const timeZone = (await findTenant(scope))?.time_zone ?? 'UTC'
          const due = rules.filter((rule) => isDue(rule, { now, timeZone }))
          if (due.length === 0) return
          const id = uuidv7()
          const rule_ids = due.map((rule) => rule.id)
          await insertRun(scope, { id, started_by: 'schedule', requested_by: null, dataset: null, rule_ids })
          await addJobs(tx, tenantId, [queuedJob({ name: judgeRunJobName }, { run_id: id })])
        })
      }
    },
  })
}

/** Every night, removes failing rows that were kept as long as the tenant says. */
function purgeRowsJob({ settings, allTenants }: Parts) {
  return job({
    name: 'quality.purge-rows',
    payload: z.unknown(),
    cron: '40 3 * * *',
    async handle({ databases, inTenant, now }) {
      for (const tenantId of await allTenants(databases.jobs)) {
        for (let purged = purgedAtOnce; purged === purgedAtOnce; )
          purged = await inTenant(tenantId, async (tx) => {
            const scope = { ...tx, tenantId }
            const days = await settings.read(scope, failingRowsDaysSetting)
            return purgeRows(scope, later(now, -days * dayMs), purgedAtOnce)
          })
      }
    },
  })
}
