import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest first, so that none of them is left to one worker alone in the end. */
const longest = [
  'tests/browser/till.test.ts',
  'tests/bad-input.test.ts',
  'tests/permission-matrix.test.ts',
  'tests/bench.test.ts',
  'tests/simulation/simulation-two-servers.test.ts',
  'tests/simulation/simulation.test.ts',
  'tests/browser/routes.test.ts',
  'tests/crash.test.ts',
  'tests/hostile-input.test.ts',
  'tests/cli.test.ts',
  'tests/start.test.ts',
  'tests/two-servers-journeys.test.ts',
  'tests/events.test.ts',
  'tests/docs.test.ts',
  'tests/migrations.test.ts',
  'tests/command-guides.test.ts',
  'tests/isolation.test.ts',
  'tests/hot-plans.test.ts',
  'tests/external-database.test.ts',
  'tests/audit-guide.test.ts',
  'server/inventory/inventory.property.test.ts',
  'tests/audit-export.test.ts',
  'server/platform/embedded.test.ts',
  'tests/personal-data.test.ts',
  'tests/batch.test.ts',
  'tests/journeys/offline.test.ts',
  'tests/settings-cli.test.ts',
  'tests/openapi.test.ts',
  'tests/browser/people.test.ts',
  'tests/browser/stock.test.ts',
]

/** Starts the longest files of tests first, then the others, larger ones before smaller ones. */
// holds: the context of vitest, which calls it with `new`
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification) => {
      const at = longest.indexOf(relative(project.config.root, moduleId))
      return at === -1 ? longest.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}
